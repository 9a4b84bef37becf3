"""What the search box and link fields find of the app's own DocTypes: only what the user may read.

Frappe's own search leaves out user permissions and the app's conditions for whoever asks it to, where they may read
any document of the DocType at all (hook ``standard_queries``).
"""

from typing import Any

import frappe
from frappe import _
from frappe.desk.search import get_std_fields_list

from imogi_finance.batch.texts import is_text

_MOST = 100
_LONGEST = 140  # of what a name or title could hold
_FARTHEST = 1_000_000


@frappe.whitelist(methods=["GET", "POST"])
def find(
    doctype: str,
    txt: str,
    searchfield: str = "name",
    start: int = 0,
    page_len: int = 10,
    filters: dict[str, Any] | list[Any] | str | None = None,
    as_dict: bool = False,
) -> list[Any]:
    """Return documents whose name, title or search fields hold a text, as far as the user may read them.

    Args:
        doctype: one of those that the hook ``standard_queries`` names this function for.
        txt: what is looked for.
        searchfield: a further field to look into and to return.
        start, page_len: which part of the answer; at most 100 at once.
        filters: what else must hold, as for ``frappe.get_list``.
        as_dict: rows as dicts instead of tuples.

    Raises:
        frappe.PermissionError: the user may read no document of this kind, or it is not one of the app's.
    """
    if doctype not in frappe.get_hooks("standard_queries"):
        raise frappe.PermissionError
    if len(txt) > _LONGEST or not is_text(txt):
        return []
    meta = frappe.get_meta(doctype)
    fields = [field for field in get_std_fields_list(meta, searchfield) if field == "name" or meta.has_field(field)]
    wanted = _read(filters)
    try:
        return frappe.get_list(
            doctype,
            fields=fields,
            filters=wanted,
            or_filters=[[doctype, field, "like", f"%{txt}%"] for field in fields] if txt else None,
            order_by="creation desc, name desc",
            limit_start=min(max(0, start), _FARTHEST),
            limit_page_length=min(max(1, page_len), _MOST),
            as_list=not as_dict,
        )
    except (LookupError, TypeError, ValueError, AttributeError):  # Frappe takes filters apart as they come
        _refuse_filters()
        return []


def _read(filters: Any) -> Any:
    """Return filters from their JSON; None where there are none."""
    try:
        return frappe.parse_json(filters) or None
    except (ValueError, RecursionError):
        _refuse_filters()


def _refuse_filters() -> None:
    frappe.throw(_("The filters are not understood."))
