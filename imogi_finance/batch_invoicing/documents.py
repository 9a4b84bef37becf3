"""Sales Orders as batch invoicing sees them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

ORDER_TYPE = "Sales Order"
INVOICE_TYPE = "Sales Invoice"


@dataclass(frozen=True)
class Order:
    """A Sales Order, and what of it is still to be invoiced.

    Args:
        docstatus: 0 draft, 1 submitted, 2 cancelled.
        status: ERPNext's own ("To Deliver and Bill", "On Hold", "Closed", "Completed").
        currency: of its amounts, which are in major units.
        unbilled: what no submitted invoice bills yet; zero or less where it is fully billed.
        delivered_unbilled: how much of that is delivered.
        drafts: names of draft invoices that bill it.
        rate: what one unit of its currency is in the company's, where sums of several orders are shown.
        together: equal for orders that one invoice may bill: customer, currency, price list, taxes, address.
    """

    name: str
    docstatus: int
    status: str
    company: str
    customer: str
    currency: str
    unbilled: Decimal
    delivered_unbilled: Decimal
    drafts: tuple[str, ...] = ()
    rate: Decimal = Decimal(1)
    together: str = ""

    @property
    def document(self) -> str:
        return f"{ORDER_TYPE} {self.name}"

    @property
    def is_on_hold(self) -> bool:
        return self.docstatus == 1 and self.status == "On Hold"

    @property
    def is_closed(self) -> bool:
        return self.docstatus == 1 and self.status == "Closed"

    def billable(self, *, only_delivered: bool) -> Decimal:
        """Return what an invoice made now would bill, in its currency."""
        return self.delivered_unbilled if only_delivered else self.unbilled
