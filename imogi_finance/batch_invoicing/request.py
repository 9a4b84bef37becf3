"""The request as it comes from outside, read strictly at the boundary."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from imogi_finance.batch.run import HIGHEST_PRIORITY, USUAL_PRIORITY
from imogi_finance.batch.texts import is_name
from imogi_finance.batch_invoicing.documents import ORDER_TYPE
from imogi_finance.batch_invoicing.options import Options
from imogi_finance.errors import Problem, Refused

MOST_ORDERS = 100_000
MOST_CHUNK = 500
USUAL_CHUNK_OF_CUSTOMERS = 50  # one save for many orders costs little, and a customer's orders should meet in a chunk
MOST_NAMED = 100  # what is wrong with more of them nobody reads


@dataclass(frozen=True)
class Request:
    """What was asked for, by whom.

    Args:
        orders: names, each once, in the order in which they are invoiced.
        company: whose orders; None where it is that of the orders.
        strict: refuse all where any order has a problem.
        priority: 1 to 9; the run with the higher one is worked first.
    """

    orders: tuple[str, ...]
    company: str | None
    options: Options
    user: str
    priority: int = USUAL_PRIORITY
    strict: bool = False

    @property
    def document(self) -> str:
        """What a problem of the whole request is said of."""
        return f"Company {self.company}" if self.company else "Request"

    def digest(self) -> str:
        """Return what two requests have in common only when they ask for the same."""
        options = {**asdict(self.options), "posting_date": _iso(self.options.posting_date)}
        words = [sorted(self.orders), self.company, options, self.user, self.priority, self.strict]
        return hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()


def usual_chunk(*, one_per_customer: bool, usual: int) -> int:
    """Return how many orders commit together where nobody has said so for the run.

    Args:
        usual: as many as with one invoice an order.
    """
    return max(usual, USUAL_CHUNK_OF_CUSTOMERS) if one_per_customer else usual


def parse_request(
    sales_orders: object,
    *,
    options: Options,
    user: str,
    company: object = None,
    priority: object = USUAL_PRIORITY,
    strict: bool = False,
) -> Request:
    """Read a request.

    Args:
        sales_orders: names of orders, each once.
        company: a company's name; None or empty is that of the orders.
        priority: 1 to 9.

    Raises:
        Refused: the request is empty, too large or malformed; the first hundred malformed names are named.
    """
    if not isinstance(sales_orders, (list, tuple)):
        raise Refused.because("Request", "malformed", "sales_orders is not a list.", "Send a list of names of orders.")
    if not sales_orders:
        raise Refused.because("Request", "empty_selection", "Nothing is selected.", "Select at least one order.")
    if len(sales_orders) > MOST_ORDERS:
        message = f"{len(sales_orders):,} orders are selected and {MOST_ORDERS:,} is the most."
        raise Refused.because("Request", "too_many_rows", message, "Invoice in several runs.")
    _refuse(
        Problem(
            "Request", "malformed", f"Row {row} of the selection is no name: {name!r:.80}.", "Send names of orders."
        )
        for row, name in enumerate(sales_orders, 1)
        if not is_name(name)
    )
    spelled = Counter(map(_as_compared, sales_orders))
    _refuse(
        Problem(f"{ORDER_TYPE} {name}", "selected_twice", f"It is selected {times} times.", "Select it once.")
        for name in sales_orders
        if (times := spelled.pop(_as_compared(name), 0)) > 1
    )
    if company in (None, ""):
        company = None
    elif not is_name(company):
        raise Refused.because("Request", "malformed", f"No company is named {company!r:.60}.", "Name one.")
    _check_whole("chunk_size", "A chunk of {0} is not possible.", options.chunk_size, MOST_CHUNK)
    _check_whole("priority", "A priority of {0} is not possible.", priority, HIGHEST_PRIORITY)
    return Request(
        orders=tuple(sales_orders),
        company=company,  # type: ignore[arg-type]
        options=options,
        user=user,
        priority=priority,  # type: ignore[arg-type]
        strict=strict,
    )


def parse_date(given: object) -> date | None:
    """Read a day from outside, as ISO text; None or "" where none is given.

    Raises:
        Refused: it is no day.
    """
    if given is None or given == "":
        return None
    if type(given) is date:
        return given
    try:
        return date.fromisoformat(given)  # type: ignore[arg-type]
    except (ValueError, TypeError) as error:
        message = f"The posting date {given!r:.30} is no day."
        raise Refused.because("Request", "malformed", message, "Send it as YYYY-MM-DD.") from error


def stored_options(options: Options) -> dict[str, Any]:
    """Return options as a run keeps them; it keeps the chunk size itself."""
    words = {**asdict(options), "posting_date": _iso(options.posting_date)}
    del words["chunk_size"]
    return words


def options_of(stored: Mapping[str, Any], *, chunk_size: int) -> Options:
    """Return the options that a run was stored with."""
    chosen = {name: stored[name] for name in stored_options(Options())}
    return Options(**{**chosen, "posting_date": parse_date(chosen["posting_date"])}, chunk_size=chunk_size)


def _as_compared(name: str) -> str:
    """Return what a name is to a database that minds neither case nor spaces behind it: two of these are one order."""
    return name.strip().casefold()


def _check_whole(rule: str, message: str, given: object, most: int) -> None:
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= most:
        raise Refused.because("Request", rule, message.format(f"{given!r:.30}"), f"Choose 1 to {most}.")


def _refuse(problems: Iterable[Problem]) -> None:
    found = list(problems)
    if found:
        raise Refused(found[:MOST_NAMED])


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
