"""The people and documents of the checks, with everybody logged in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.bench.proof.security.client import Intruder
from tests.bench.proof.security.findings import Findings
from tests.bench.workbench import Workbench

# Which companies' documents a kind of user may come to see at all; whoever is not named sees both.
SEES = {
    "viewer": "A",
    "asker": "A",
    "colleague": "A",
    "elsewhere": "B",
    "seller": "A",
    "approver": "A",
    "plain": "",
    "guest": "",
}


@dataclass
class Scene:
    """Everybody, logged in, and the names of what there is.

    Args:
        users: by kind; see functions.md.
        names: by company, the documents by what they are.
        emails: by kind.
    """

    bench: Workbench
    users: dict[str, Intruder]
    names: dict[str, dict[str, Any]]
    emails: dict[str, str]

    @classmethod
    def on(cls, bench: Workbench) -> Scene:
        """Make people and documents on a bench with a fresh site."""
        made = bench.inside("from tests.erpnext.security.scene import build; answer = build(office)")
        url = bench.url
        users = {"guest": Intruder(url, None)}
        users |= {kind: Intruder(url, email) for kind, email in made["users"].items()}
        bench.inside(
            "user = frappe.get_doc('User', name); user.enabled = 0; user.save()", name=made["users"]["disabled"]
        )
        return cls(bench, users, {key: made[key] for key in "AB"}, made["users"])

    def secrets(self, company: str) -> set[str]:
        """Return names of a company's documents that the other has none of."""
        other = set(map(str, self.names["B" if company == "A" else "A"].values()))
        return {str(value) for value in self.names[company].values()} - other

    def check_no_secrets(
        self,
        findings: Findings,
        subject: str,
        kind: str,
        what: str,
        text: str,
        sent: object,
        but: frozenset[str] = frozenset(),
    ) -> None:
        """Check that an answer names no document that this kind of user may not see and did not name itself.

        Args:
            but: names that may be told all the same.
        """
        if kind not in SEES:
            return
        given = json.dumps(sent, default=str)
        hidden = set().union(*(self.secrets(company) for company in "AB" if company not in SEES[kind]))
        told = sorted(name for name in hidden - but if name in text and name not in given)
        findings.check(subject, not told, f"{what} tells {kind} of {', '.join(told)}: {text[:300]}")
