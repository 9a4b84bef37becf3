"""Who on this site hears of an invoice's status through the document's ``on_change`` event.

ERPNext writes a status with ``db_set``, which runs that event and no other. Assignment rules and server scripts do not
hear it, so they are not asked for here (later versions of Frappe let server scripts hear it: then they are).
"""

import frappe
from frappe.core.doctype.server_script.server_script_utils import EVENT_MAP, get_server_script_map

_EVENT = "on_change"
_OURS = "imogi_finance."
# What Frappe itself lets listen to every document, and the rules without which it hears nothing.
_RULED = {
    "frappe.social.doctype.energy_point_rule.energy_point_rule.process_energy_points": (
        "Energy Point Rule",
        {"enabled": 1, "reference_doctype": "{doctype}"},
    ),
    "frappe.automation.doctype.milestone_tracker.milestone_tracker.evaluate_milestone": (
        "Milestone Tracker",
        {"disabled": 0, "document_type": "{doctype}"},
    ),
}


def someone_listens(doctype: str) -> bool:
    """Return whether a status of such a document must be written one by one, with the document's events."""
    return (
        _other_apps(doctype)
        or _exists(
            "Notification", {"enabled": 1, "document_type": doctype, "event": ("in", ("Value Change", "Method"))}
        )
        or _exists("Webhook", {"enabled": 1, "webhook_doctype": doctype, "webhook_docevent": _EVENT})
        or _server_scripts(doctype)
    )


def _other_apps(doctype: str) -> bool:
    handlers = frappe.get_doc_hooks()
    return any(not name.startswith(_OURS) for name in handlers.get(doctype, {}).get(_EVENT, ())) or any(
        _hears(name, doctype) for name in handlers.get("*", {}).get(_EVENT, ())
    )


def _hears(handler: str, doctype: str) -> bool:
    if handler not in _RULED:
        return True
    rules, filters = _RULED[handler]
    return _exists(rules, {field: doctype if value == "{doctype}" else value for field, value in filters.items()})


def _server_scripts(doctype: str) -> bool:
    return _EVENT in EVENT_MAP and bool(get_server_script_map().get(doctype, {}).get(EVENT_MAP[_EVENT]))


def _exists(doctype: str, filters: dict[str, object]) -> bool:
    return bool(frappe.db.exists(doctype, filters))
