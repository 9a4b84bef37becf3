"""An auditor who trusts nobody: plain SQL on the site's tables, none of the app's code.

``invariants`` are sentences about rows that hold at any moment, or once a run has ended. ``ending`` compares a run's
invoices with what was outstanding before. ``ledger`` and ``order_ledger`` are snapshots of a company's books, compared
to the last row after a run that pays invoices, or invoices orders. Each returns what is wrong as sentences; an empty
list is a clean audit.
"""

from __future__ import annotations

from tests.erpnext.audit.ending import Outstanding, broken, outstanding_of
from tests.erpnext.audit.invariants import violations
from tests.erpnext.audit.ledger import Snapshot, differences, snapshot

__all__ = ["Outstanding", "Snapshot", "broken", "differences", "outstanding_of", "snapshot", "violations"]
