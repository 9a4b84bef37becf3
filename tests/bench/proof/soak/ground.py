"""The bench of one command: its invoices and bank transactions, and what its database says of runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.bench.workbench import Workbench

_INVOICE = "Purchase Invoice"
_LONGEST_RUN = 900.0  # seconds; other machines are slower, and busy


@dataclass(frozen=True)
class Line:
    """A bank transaction and the unpaid invoices that it pays exactly.

    Args:
        amount: of the transaction, as exact decimal text.
    """

    transaction: str
    invoices: tuple[str, ...]
    amount: str

    @property
    def rows(self) -> list[dict[str, str]]:
        """The invoices as a request names them."""
        return [{"doctype": _INVOICE, "name": name} for name in self.invoices]


@dataclass
class Ground:
    """A bench with a company that has invoices to order.

    Args:
        paid: the lines that are to be paid in full when everything has ended.
    """

    bench: Workbench
    paid: list[Line] = field(default_factory=list)

    def line(self, invoices: int) -> Line:
        """Make unpaid invoices of twelve parties in turns, and a bank transaction for the sum of them."""
        code = "from tests.bench.proof.soak import stock; answer = stock.line(office, count)"
        made = self.bench.inside(code, count=invoices)
        return Line(made["transaction"], tuple(made["invoices"]), made["amount"])

    def paid_line(self, invoices: int) -> Line:
        """Make a line that is to be paid in full when everything has ended."""
        line = self.line(invoices)
        self.paid.append(line)
        return line

    def work_at_once_up_to(self, threshold: int) -> None:
        """Have requests of more than so many invoices worked by a worker."""
        code = "frappe.db.set_single_value('IMOGI Finance Settings', 'threshold', threshold)"
        self.bench.inside(code, threshold=threshold)

    def let_wait(self, runs: int) -> None:
        """Let a user have so many runs that no worker has begun; 0: as many as they like."""
        code = "frappe.db.set_single_value('IMOGI Finance Settings', 'most_waiting', runs)"
        self.bench.inside(code, runs=runs)

    def rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        """Return what a query finds."""
        return list(self.bench.inside("answer = frappe.db.sql(sql, values, as_dict=True)", sql=sql, values=values))

    def runs_of(self, transaction: str) -> list[dict[str, Any]]:
        """Return the runs about a bank transaction, the oldest first."""
        return self.rows(
            """select name, status, total, succeeded, error from `tabBatch Run` where reference_name = %(transaction)s
            order by creation, name""",
            transaction=transaction,
        )

    def ended(self, run: str) -> dict[str, Any]:
        """Wait until a run has ended; return its row."""
        where = "'status': ['not in', ['Pending', 'Processing', 'Undoing']]"
        fields = "['name', 'status', 'total', 'succeeded', 'error']"
        expression = f"frappe.db.get_value('Batch Run', {{'name': {run!r}, {where}}}, {fields}, as_dict=True)"
        return dict(self.bench.wait_until(expression, f"run {run} to end", seconds=_LONGEST_RUN))
