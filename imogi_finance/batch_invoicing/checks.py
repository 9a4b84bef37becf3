"""What speaks against invoicing an order: the same rules, and the same words, up front and when its turn has come."""

from __future__ import annotations

from collections.abc import Sequence

from imogi_finance.batch_invoicing.documents import ORDER_TYPE, Order
from imogi_finance.batch_invoicing.options import Options
from imogi_finance.errors import DocumentError, Problem
from imogi_finance.money import ZERO

_STATES = {0: "a draft", 2: "cancelled"}
_DRAFTS_NAMED = 3


def order_problem(name: str, order: Order | None, *, company: str, options: Options) -> Problem | None:
    """Return the first thing that speaks against invoicing an order; None where nothing does.

    Args:
        order: what the books say of it; None where it does not exist, or not for this user.
        company: whose orders are invoiced.
    """
    document = f"{ORDER_TYPE} {name}"
    if order is None:
        return Problem(document, "unknown_order", "It does not exist.", "Refresh the list and select again.")
    if order.docstatus != 1:
        message = f"It is {_STATES[order.docstatus]}."
        remedy = "Submit it first, or leave it out." if order.docstatus == 0 else "Leave it out."
        return Problem(document, "order_not_submitted", message, remedy)
    if order.company != company:
        message = f"It belongs to {order.company}, and orders of {company} are invoiced."
        return Problem(document, "other_company", message, f"Select only orders of {company}.")
    return held_problem(order) or _billing_problem(order, options)


def held_problem(order: Order) -> Problem | None:
    """Return that an order is on hold or closed, where it is: the books invoice none that is."""
    if order.is_on_hold:
        return Problem(order.document, "on_hold", "It is on hold.", "Resume it first, or leave it out.")
    if order.is_closed:
        return Problem(order.document, "closed", "It is closed.", "Open it again first, or leave it out.")
    return None


def check_order(name: str, order: Order | None, *, company: str, options: Options) -> None:
    """Make sure that an order may be invoiced as it is at this moment. Ask with the order locked.

    Raises:
        DocumentError: it may not; see ``order_problem``.
    """
    problem = order_problem(name, order, company=company, options=options)
    if problem is not None:
        raise DocumentError(problem.document, problem.message, problem.remedy)


def _billing_problem(order: Order, options: Options) -> Problem | None:
    if order.unbilled <= ZERO:
        return Problem(order.document, "fully_billed", "Nothing is left to bill on it.", "Leave it out.")
    if order.drafts:
        message = f"A draft invoice bills it already: {_named(order.drafts)}."
        return Problem(order.document, "has_draft_invoice", message, "Submit or delete that draft, or leave it out.")
    if options.only_delivered and order.delivered_unbilled <= ZERO:
        message = "Nothing of it is delivered and not billed yet."
        return Problem(order.document, "nothing_delivered", message, "Deliver it first, or bill what is ordered.")
    return None


def _named(drafts: Sequence[str]) -> str:
    more = len(drafts) - _DRAFTS_NAMED
    return ", ".join(drafts[:_DRAFTS_NAMED]) + (f" and {more} more" if more > 0 else "")
