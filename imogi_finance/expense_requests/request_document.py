"""What both kinds of request have in common as documents."""

from abc import ABC, abstractmethod
from typing import Any

from frappe.model.document import Document
from frappe.utils import flt

from imogi_finance.expense_requests import approval, checks
from imogi_finance.expense_requests.status import RequestStatus, request_status


class RequestDocument(Document, ABC):
    """A request: validated when saved, approved by its workflow, followed by one invoice."""

    def before_insert(self) -> None:
        """Begin at the beginning, also when copied, amended or imported: without approval and invoice."""
        self.workflow_state = None
        self.linked_purchase_invoice = None

    def validate(self) -> None:
        """Complete and check the request; tell every problem at once."""
        self.linked_purchase_invoice = None  # an invoice needs an approved request
        self._validate_mandatory()  # Frappe's own check comes after this one
        checks.refuse_all(self.complete())
        checks.refuse_all(self.problems())
        approval.check_unchanged_in_review(self)
        self.status = request_status(self.docstatus, self.workflow_state).value

    def before_submit(self) -> None:
        """Make sure that it was approved, by somebody else."""
        approval.check_submitted_by_workflow(self)

    def before_cancel(self) -> None:
        """Make sure that no invoice would be left behind."""
        approval.check_has_no_live_invoice(self)

    def on_cancel(self) -> None:
        """Show it."""
        self.db_set("status", RequestStatus.CANCELLED.value)

    @abstractmethod
    def complete(self) -> list[str]:
        """Fill in what follows from the rest; return what cannot be filled in."""

    @abstractmethod
    def problems(self) -> list[str]:
        """Return what is wrong with the completed request."""

    def sum_items(self) -> None:
        """Set the total, before taxes."""
        self.total = flt(sum(flt(row.amount) for row in self.items), self.precision("total"))

    @abstractmethod
    def invoice_fields(self) -> dict[str, Any]:
        """Return the fields of the invoice that follow from the request, beside company and supplier."""

    @abstractmethod
    def invoice_lines(self) -> list[dict[str, Any]]:
        """Return the lines of the invoice: fields of Purchase Invoice Item."""
