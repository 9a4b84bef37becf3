"""How a batch of orders is invoiced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

USUAL_CHUNK = 20


@dataclass(frozen=True)
class Options:
    """What the user chose.

    Args:
        submit: submit each invoice; else it is left as a draft.
        update_stock: the invoice delivers the goods too.
        posting_date: of the invoices; None is the day of the request, fixed for the whole run.
        one_per_customer: one invoice for all orders of a customer that can share one, else one an order.
        only_delivered: bill what is delivered and not billed; else all that is not billed.
        leave_out_held: leave orders that are on hold or closed out, and say so; else they count as bad.
        chunk_size: orders that commit together, 1 to 500.
    """

    submit: bool = False
    update_stock: bool = False
    posting_date: date | None = None
    one_per_customer: bool = False
    only_delivered: bool = False
    leave_out_held: bool = False
    chunk_size: int = USUAL_CHUNK
