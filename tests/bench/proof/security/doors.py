"""Frappe's own doors to the app's documents (lists, forms, search, print, export, counts): what they tell to whom."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.bench.proof.security.calls import MISSING, Names, without_names
from tests.bench.proof.security.client import Answer, Intruder, as_text
from tests.bench.proof.security.findings import Findings
from tests.bench.proof.security.scene import SEES, Scene

SUBJECT = "Frappe's own doors by DocTypes"
# Which document of a company stands for each DocType, and one that does not exist.
DOCTYPES = {
    "Batch Run": ("run", MISSING["run"]),
    "Batch Run Item": ("item", f"{MISSING['run']}-000001"),
    "Batch Run Signal": ("run", MISSING["run"]),
    "Expense Request": ("request", MISSING["request"]),
    "Branch Expense Request": ("branch_request", MISSING["branch_request"]),
}
# Frappe's own answers tell apart what is hidden and what is not there, for every DocType of every app: by 403 and 404,
# and here by 200. The app can mend neither without replacing Frappe's functions. What is IN the document stays hidden.
TELLS_EXISTENCE = {
    "count": "frappe.client.get_count counts rows of any DocType for anybody who is logged in, and asks for no right",
    "validate_link": "answers whether the name exists to whoever may read some document of the DocType",
    "permissions": "answers with what one may do, which is nothing, where the document exists",
    "may": "answers False where the document exists",
    "open_count": "fails at its own message where the document exists",
    "form": "answers 403 where the document exists, and an empty answer where not",
}


@dataclass(frozen=True)
class Door:
    """A request to Frappe: a function with its arguments, or another address."""

    name: str
    path: str
    arguments: dict[str, Any]
    by: str = "GET"

    def knock(self, user: Intruder) -> Answer:
        if self.by == "POST":
            return user.ask("POST", self.path, form=as_text(self.arguments))
        query = urllib.parse.urlencode(as_text(self.arguments))
        return user.ask("GET", f"{self.path}?{query}" if query else self.path)


def doors(doctype: str, name: str) -> Iterator[Door]:
    """Yield every door that reads a document of a DocType, or lists such documents."""

    def method(door: str, function: str, **arguments: Any) -> Door:
        return Door(door, f"/api/method/frappe.{function}", arguments)

    at = f"/api/resource/{urllib.parse.quote(doctype)}"
    all_fields = '["*"]'
    yield Door("resource", f"{at}/{urllib.parse.quote(name)}", {})
    yield Door("resources", at, {"fields": all_fields, "limit_page_length": 0})
    yield method("get", "client.get", doctype=doctype, name=name)
    yield method("list", "client.get_list", doctype=doctype, fields=all_fields, limit_page_length=0)
    yield method("value", "client.get_value", doctype=doctype, filters=name, fieldname='["name", "owner"]')
    yield method("count", "client.get_count", doctype=doctype, filters={"name": name})
    yield method("validate_link", "client.validate_link", doctype=doctype, docname=name, fields='["owner", "status"]')
    yield method("permissions", "client.get_doc_permissions", doctype=doctype, docname=name)
    yield method("may", "client.has_permission", doctype=doctype, docname=name, perm_type="read")
    yield method("view", "desk.reportview.get", doctype=doctype, fields=all_fields)
    yield method("view_list", "desk.reportview.get_list", doctype=doctype, fields=all_fields)
    only = json.dumps([[doctype, "name", "=", name]])
    yield method("view_count", "desk.reportview.get_count", doctype=doctype, filters=only, fields="[]")
    export = {"doctype": doctype, "fields": all_fields, "file_format_type": "CSV", "title": "x"}
    yield Door("export", "/api/method/frappe.desk.reportview.export_query", export, by="POST")
    yield method("tags", "desk.reportview.get_sidebar_stats", stats='["_user_tags"]', doctype=doctype, filters="[]")
    yield method("groups", "desk.listview.get_group_by_count", doctype=doctype, current_filters="[]", field="owner")
    search = {"doctype": doctype, "txt": ""}
    yield method("search", "desk.search.search_link", **search)
    yield method("search_all", "desk.search.search_link", **search, ignore_user_permissions=1)
    yield method("search_by_name", "desk.search.search_link", doctype=doctype, txt=name, ignore_user_permissions=1)
    wide = {"ignore_user_permissions": 1, "filter_fields": '["owner"]', "as_dict": 1, "page_length": 500}
    yield method("search_widget", "desk.search.search_widget", **search, **wide)
    yield method("form", "desk.form.load.getdoc", doctype=doctype, name=name)
    yield method("timeline", "desk.form.load.get_docinfo", doctype=doctype, name=name)
    yield method("communications", "desk.form.load.get_communications", doctype=doctype, name=name)
    yield method("next", "desk.form.utils.get_next", doctype=doctype, value=name, prev=1)
    yield method("preview", "desk.link_preview.get_preview_data", doctype=doctype, docname=name)
    yield method("open_count", "desk.notifications.get_open_count", doctype=doctype, name=name, items="[]")
    yield method("linked", "desk.form.linked_with.get", doctype=doctype, docname=name)
    yield method("linked_submitted", "desk.form.linked_with.get_submitted_linked_docs", doctype=doctype, name=name)
    yield Door("print", "/printview", {"doctype": doctype, "name": name})
    yield method("print_html", "www.printview.get_html_and_style", doc=doctype, name=name)
    yield method("subscribe", "realtime.can_subscribe_doc", doctype=doctype, docname=name)
    comments = {"doctype": "Comment", "fields": all_fields, "filters": {"reference_doctype": doctype}}
    yield method("comments", "client.get_list", **comments)
    yield method("versions", "client.get_list", doctype="Version", fields=all_fields, filters={"ref_doctype": doctype})


def every_door(findings: Findings, scene: Scene, *, kinds: tuple[str, ...], companies: str = "AB") -> None:
    """Have users who may not see a company's documents try every door to them."""
    needed: set[str] = set()
    for kind, doctype in (("asker", "Batch Run"), ("viewer", "Batch Run Item"), ("accountant", "Expense Request")):
        name = scene.names["A"][DOCTYPES[doctype][0]]
        for door in doors(doctype, name):
            if door.name in ("search", "search_by_name", "list", "view", "form"):
                found = door.knock(scene.users[kind])
                what = f"{door.name} of {doctype} hides it from {kind}: {found.code} {found.text[:200]}"
                findings.check(SUBJECT, found.code == 200 and name in found.text, what)
    for doctype, (key, missing) in DOCTYPES.items():
        for kind in kinds:
            for company in companies:
                if company in SEES[kind] or (kind == "guest" and company != companies[0]):
                    continue  # a guest is of no company
                needed |= _try(findings, scene, kind, company, doctype, key, missing)
    if set(companies) == set("AB") and len(kinds) > 2:
        for name in TELLS_EXISTENCE:
            findings.check(SUBJECT, name in needed, f"{name} no longer tells what exists: take it out of the list")


def _try(findings: Findings, scene: Scene, kind: str, company: str, doctype: str, key: str, missing: str) -> set[str]:
    user, of, needed = scene.users[kind], scene.names[company], set()
    absent: Names = {**MISSING, key: missing}
    for door, closed in zip(doors(doctype, of[key]), doors(doctype, missing), strict=True):
        there, away = door.knock(user), closed.knock(user)
        what = f"{door.name} of {doctype} on {company}"
        # Frappe says itself which company, in a field of the document one asks for, keeps one from it.
        but = frozenset({of["company"]}) if there.code in (403, 500) and key != "run" else frozenset()
        scene.check_no_secrets(findings, SUBJECT, kind, what, there.text, [door.path, door.arguments], but)
        alike = there.code == away.code and without_names(there, of) == without_names(away, absent)
        if not alike and door.name in TELLS_EXISTENCE:
            needed.add(door.name)
        refused = (there.code, away.code) in ((403, 404), (403, 403))  # Frappe's words for what is refused differ
        holds = alike or refused or door.name in TELLS_EXISTENCE or door.name == "next"  # whose answer is a neighbour
        findings.check(
            SUBJECT,
            holds,
            f"{what} tells {kind} whether it exists: {there.code} {there.text[:200]} | {away.text[:200]}",
        )
        findings.check(SUBJECT, there.code != 500 or door.name == "open_count", f"{what} fails: {there.text[:300]}")
    return needed


def hidden_fields(findings: Findings, scene: Scene) -> None:
    """Look for fields of a run that are an operator's concern, as others who may see the run, and as an operator."""
    run = scene.names["A"]["run"]
    fields = {"idempotency_key": "SECRET-KEY", "idempotency_digest": "SECRET-DIGEST", "lease_holder": "SECRET-HOST:1"}
    scene.bench.inside("frappe.db.set_value('Batch Run', run, fields, update_modified=False)", run=run, fields=fields)
    asked = ("resource", "resources", "get", "list", "view", "export", "form", "print_html", "search_widget")
    for kind in ("viewer", "asker", "manager"):
        for door in doors("Batch Run", run):
            if door.name not in asked or (kind == "manager" and door.name not in ("resource", "get", "form")):
                continue
            answer = door.knock(scene.users[kind])
            told = {field for field, value in fields.items() if value in answer.text}
            right = told == (set(fields) if kind == "manager" else set())
            what = f"{door.name} as {kind}: {answer.code} {sorted(told)}"
            findings.check("fields of a run", right and answer.code == 200, what)
