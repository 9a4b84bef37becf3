"""What else the app opens to people: DocTypes, reports, pages, hooks. Each stands in ``exposed.md`` with its reason."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

from tests.bench.host import ROOT
from tests.bench.proof.security.findings import Findings
from tests.bench.proof.security.scene import Scene

TABLE = Path(__file__).with_name("exposed.md")
SUBJECT = "what is exposed"
_RIGHTS = (
    "read",
    "write",
    "create",
    "delete",
    "submit",
    "cancel",
    "amend",
    "report",
    "export",
    "import",
    "share",
    "print",
    "email",
)
# Hooks by which an app answers requests, adds to pages, or changes who may do what.
_HOOKS = (
    *("has_permission", "permission_query_conditions", "standard_queries", "has_website_permission", "auth_hooks"),
    *("override_whitelisted_methods", "override_doctype_class", "override_doctype_dashboards", "website_route_rules"),
    *("website_user_home_page", "on_session_creation", "on_logout", "before_request", "after_request", "jinja", "jenv"),
    *(
        "guest_title",
        "page_renderer",
        "extend_bootinfo",
        "boot_session",
        "notification_config",
        "global_search_doctypes",
    ),
    *("website_redirects", "web_include_js", "portal_menu_items", "get_translated_dict", "ignore_csrf", "before_job"),
)


def exposed() -> dict[str, str]:
    """Return what the app opens, and to whom, from its files."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "imogi_finance").rglob("*.json")):
        if path.parent.name != path.stem:
            continue
        held = json.loads(path.read_text())
        kind, name = held.get("doctype"), held.get("name")
        if kind == "DocType" and not held.get("istable"):
            found |= {f"DocType {name}, {row['role']}{_level(row)}": _rights(row) for row in held["permissions"]}
        elif kind in ("Report", "Page"):
            found |= {f"{kind} {name}, {row['role']}": "opens it" for row in held["roles"]}
    hooks = importlib.import_module("imogi_finance.hooks")
    for hook in _HOOKS:
        for what in getattr(hooks, hook, ()):
            found[f"hook {hook}"] = ", ".join(filter(None, (found.get(f"hook {hook}"), str(what))))
    return found


def _rights(row: dict[str, object]) -> str:
    rights = [right for right in _RIGHTS if row.get(right)]
    return ", ".join(rights) + (" (own)" if row.get("if_owner") else "")


def _level(row: dict[str, object]) -> str:
    return f", fields at level {row['permlevel']}" if row.get("permlevel") else ""


def rows() -> dict[str, tuple[str, str]]:
    """Read the table: what is exposed, how, and why."""
    found = {}
    for line in TABLE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 3 and cells[0] != "what":
            found[cells[0]] = (cells[1], cells[2])
    return found


def everything_has_a_row(findings: Findings, scene: Scene) -> None:
    """Compare the table with the app's files."""
    table, found = rows(), exposed()
    for what in sorted({*table, *found}):
        stated, reason = table.get(what, ("nothing", "none given"))
        holds = found.get(what, "nothing") == stated
        findings.check(SUBJECT, holds, f"{what}: {found.get(what, 'nothing')}; exposed.md says {stated}")
        findings.check(SUBJECT, len(reason) > 8, f"{what} has no reason in exposed.md")
