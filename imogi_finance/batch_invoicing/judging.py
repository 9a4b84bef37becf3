"""Which of the orders asked for can be invoiced, which are left out, and what is wrong with the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from imogi_finance.batch.doors import BatchStore
from imogi_finance.batch.run import ItemStatus, NewItem, live_key
from imogi_finance.batch_invoicing.checks import held_problem, order_problem
from imogi_finance.batch_invoicing.documents import ORDER_TYPE, Order
from imogi_finance.batch_invoicing.doors import InvoicingBooks
from imogi_finance.batch_invoicing.options import Options
from imogi_finance.batch_invoicing.request import MOST_NAMED, Request
from imogi_finance.errors import Problem, Refused
from imogi_finance.money import ZERO, exponent

_COMPANIES_NAMED = 5
_DONE = frozenset({"fully_billed", "has_draft_invoice", "nothing_delivered"})


@dataclass(frozen=True)
class Judgement:
    """What would become of a request at this moment.

    Args:
        names: all orders asked for, in the order in which they are invoiced.
        orders: those that exist, and that the user may see.
        options: with the posting date.
        left_out: why, of each order that an option leaves out.
        problems: what is wrong, of each order that cannot be invoiced.
    """

    company: str
    currency: str
    options: Options
    names: Sequence[str]
    orders: Mapping[str, Order]
    left_out: Mapping[str, Problem] = field(default_factory=dict)
    problems: Mapping[str, Sequence[Problem]] = field(default_factory=dict)

    @property
    def ready(self) -> list[Order]:
        """The orders that can be invoiced."""
        return [self.orders[name] for name in self.names if name not in self.left_out and name not in self.problems]

    @property
    def found(self) -> list[Problem]:
        """All problems of orders."""
        return [problem for name in self.names for problem in self.problems.get(name, ())]

    @property
    def is_billed(self) -> bool:
        """Whether nothing is left to do because all of it is done: billed, or drafted."""
        return bool(self.found) and not self.ready and all(problem.rule in _DONE for problem in self.found)

    def amount(self, order: Order) -> Decimal:
        """Return what an order's invoice would bill, in the company's currency."""
        billable = max(order.billable(only_delivered=self.options.only_delivered), ZERO)
        return round(billable * order.rate, exponent(self.currency))

    def total(self) -> Decimal:
        """Return what all invoices would bill, in the company's currency."""
        return sum((self.amount(order) for order in self.ready), ZERO)

    def items(self) -> list[NewItem]:
        """Return the items of a run: those with a problem have failed from the start, those left out are skipped."""
        return [self._item(name) for name in self.names]

    def _item(self, name: str) -> NewItem:
        amount = str(self.amount(self.orders[name])) if name in self.orders else "0"
        if name in self.left_out:
            return NewItem(ORDER_TYPE, name, amount, ItemStatus.SKIPPED, str(self.left_out[name]))
        if name in self.problems:
            first, *others = self.problems[name]
            reasons = [str(first), *(f"{problem.message} {problem.remedy}" for problem in others)]
            return NewItem(ORDER_TYPE, name, amount, ItemStatus.FAILED, " ".join(reasons))
        return NewItem(ORDER_TYPE, name, amount)

    def check_has_work(self, *, strict: bool) -> None:
        """Make sure that there is an order to invoice, and no bad one where all must be good.

        Raises:
            Refused: there is none, or there is one; the first hundred problems are named.
        """
        problems = self.found
        if not self.ready:
            problems += [self.left_out[name] for name in self.names if name in self.left_out]
        elif not strict:
            return
        if problems:
            raise Refused(_most(problems))


def judge(request: Request, books: InvoicingBooks, store: BatchStore) -> Judgement:
    """Judge a request by what the books and the live runs say at this moment, set-based.

    Raises:
        Refused: the request itself is wrong: no such company, several of them, a closed period, not permitted.
    """
    orders = books.orders(request.orders)
    company = request.company or _company_of(request, orders)
    currency = books.company_currency(company)
    if currency is None:
        raise Refused.because(f"Company {company}", "unknown_company", "It does not exist.", "Choose it from the list.")
    books.check_may_invoice(company, submit=request.options.submit)
    options = replace(request.options, posting_date=request.options.posting_date or books.today())
    names = _customer_by_customer(request.orders, orders) if options.one_per_customer else request.orders
    held, problems = _of_each(names, orders, company=company, options=options)
    judged = Judgement(company, currency, options, names, orders, held, problems)
    for problem in _in_live_runs([order.name for order in judged.ready], store):
        problems.setdefault(_name(problem), []).append(problem)
    named = set(orders)
    of_the_request: list[Problem] = []
    for problem in books.objections(company, judged.ready, options):
        if _name(problem) in named:
            problems.setdefault(_name(problem), []).append(problem)
        else:
            of_the_request.append(problem)
    if of_the_request:
        raise Refused(_most(of_the_request))
    return judged


def _company_of(request: Request, orders: Mapping[str, Order]) -> str:
    """Return the company of the orders.

    Raises:
        Refused: there are several, or none of the orders exists.
    """
    companies = Counter(order.company for order in orders.values())
    if not companies:
        unknown = (order_problem(name, None, company="", options=request.options) for name in request.orders)
        raise Refused(_most([problem for problem in unknown if problem is not None]))
    if len(companies) > 1:
        shown = ", ".join(f"{company} ({count:,})" for company, count in companies.most_common(_COMPANIES_NAMED))
        message = f"The orders are of {len(companies)} companies: {shown}."
        raise Refused.because("Request", "several_companies", message, "Select orders of one, or name the company.")
    return next(iter(companies))


def _customer_by_customer(names: Sequence[str], orders: Mapping[str, Order]) -> Sequence[str]:
    """Order names so that those come together that one invoice may bill."""
    groups: dict[str, list[str]] = {}
    for name in names:
        order = orders.get(name)
        groups.setdefault(order.together if order is not None else "", []).append(name)
    return [name for group in groups.values() for name in group]


def _of_each(
    names: Sequence[str], orders: Mapping[str, Order], *, company: str, options: Options
) -> tuple[dict[str, Problem], dict[str, list[Problem]]]:
    """Return what is left out, and what is wrong, of the orders one by one."""
    left_out: dict[str, Problem] = {}
    problems: dict[str, list[Problem]] = {}
    for name in names:
        order = orders.get(name)
        problem = order_problem(name, order, company=company, options=options)
        if problem is None:
            continue
        if options.leave_out_held and order is not None and problem == held_problem(order):
            left_out[name] = _left_out(problem)
        else:
            problems[name] = [problem]
    return left_out, problems


def _left_out(held: Problem) -> Problem:
    if held.rule == "on_hold":
        message, remedy = "It is on hold, and left out.", "Resume it, and invoice it in another run."
    else:
        message, remedy = "It is closed, and left out.", "Open it again, and invoice it in another run."
    return replace(held, message=message, remedy=remedy)


def _in_live_runs(names: Sequence[str], store: BatchStore) -> Iterator[Problem]:
    keys = {live_key(ORDER_TYPE, name): name for name in names}
    for key, run in store.holders(list(keys)).items():
        message = f"Run {run} is working on it."
        yield Problem(f"{ORDER_TYPE} {keys[key]}", "in_live_run", message, "Wait for that run, or cancel it.")


def _name(problem: Problem) -> str:
    """Return the order that a problem is said of; what is no order's name where it is said of something else."""
    doctype = f"{ORDER_TYPE} "
    return problem.document[len(doctype) :] if problem.document.startswith(doctype) else ""


def _most(problems: Sequence[Problem]) -> list[Problem]:
    """Return the first hundred problems, and that there are more."""
    shown, more = list(problems[:MOST_NAMED]), len(problems) - MOST_NAMED
    if more > 0:
        message = f"{more:,} more problems were found."
        shown.append(Problem("Request", "more_problems", message, "Mend those that are named, then ask again."))
    return shown
