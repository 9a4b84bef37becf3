"""A Python connected to a site that runs the code it is sent, for tests in another process.

Each line of standard input is ``{"code", "values"}``; each line of output ``{"answer"}`` or ``{"error"}``. The code
finds ``frappe``, ``site``, ``office`` (a company, made when first used) and the given values by name.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any, TextIO

import frappe

from tests.erpnext.office import ErpOffice, connect

COMPANIES: dict[str, ErpOffice] = {}


class Names(dict[str, Any]):
    """The names that code finds; the company is made only when some code names it."""

    def __missing__(self, name: str) -> Any:
        if name != "office":
            raise KeyError(name)
        if name not in COMPANIES:
            COMPANIES[name] = ErpOffice()
        return COMPANIES[name]


def main() -> None:
    """Answer until the input ends."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the code prints goes to the log
    site = os.environ["FRAPPE_SITE"]
    connect(site)
    for line in sys.stdin:
        _answer(json.loads(line), site, out)


def _answer(asked: dict[str, Any], site: str, out: TextIO) -> None:
    frappe.db.rollback()  # see what others have committed
    frappe.set_user("Administrator")
    frappe.clear_messages()
    names = Names(frappe=frappe, site=site, **asked["values"])
    try:
        exec(compile(asked["code"], "<test>", "exec"), names)
        said = {"answer": names.get("answer")}
        frappe.db.commit()
        text = json.dumps(said, default=str)
    except Exception:  # noqa: BLE001 - the traceback is the answer
        frappe.db.rollback()
        text = json.dumps({"error": traceback.format_exc()})
    out.write(text + "\n")
    out.flush()


if __name__ == "__main__":
    main()
