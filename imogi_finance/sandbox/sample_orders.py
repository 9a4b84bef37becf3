"""Sales orders of the sample company: most ready to be invoiced, some not, each for a reason of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from imogi_finance.errors import Refused
from imogi_finance.money import exponent
from imogi_finance.sandbox.selling import NewOrder, NewOrderLine, Selling

MOST_ORDERS = 100_000
LIMITED = "UD Kredit Terbatas"  # owes as much as it may
CUSTOMERS = (
    ("PT Ritel Maju Bersama", 30),
    ("Toko Sejahtera Bandung", 14),
    ("PT Hotel Andalas Indah", 30),
    ("CV Kopi Gayo Mandiri", 21),
    ("RS Citra Husada", 45),
    ("PT Pelayaran Bahari Timur", 30),
    ("PT Gudang Segar Abadi", 14),
    ("CV Pustaka Harapan", 30),
)
# What is sold, and what one costs in thousands of rupiah, tax included.
ITEMS = (
    ("Kertas HVS A4 80 g, rim", "54.5"),
    ("Map arsip karton", "8.25"),
    ("Tinta printer hitam", "187.5"),
    ("Pita perekat 48 mm", "12.75"),
    ("Kursi kantor staf", "1435"),
    ("Meja rapat 240 cm", "4860"),
    ("Rak besi lima susun", "1290"),
    ("Jasa antar", "75"),
)
_PROBLEMS = ("on hold", "closed", "draft", "drafted", "billed", "limited")


@dataclass(frozen=True)
class SampleOrders:
    """The names of what was made.

    Args:
        ready: submitted, and nothing speaks against invoicing them.
        held: on hold or closed: left out of a batch, and said.
        bad: drafts, billed by a draft or fully, or above their customer's credit limit.
        total: what the ready ones bill together, in the company's currency.
    """

    ready: tuple[str, ...]
    held: tuple[str, ...]
    bad: tuple[str, ...]
    total: Decimal


def add_sample_orders(
    selling: Selling,
    *,
    company: str,
    currency: str,
    orders: int,
    today: date,
    random: Random,
    rupiah: Callable[[Decimal], Decimal],
    on_progress: Callable[[int, int], None] | None = None,
) -> SampleOrders:
    """Enter orders in the caller's transaction and name. Of twenty or more, some cannot be invoiced.

    Args:
        orders: how many, 1 to 100,000.
        rupiah: turns an amount in rupiah into the company's currency.

    Raises:
        Refused: that many orders are not possible.
    """
    if not 1 <= orders <= MOST_ORDERS:
        message, remedy = f"A sample of {orders:,} orders is not possible.", f"Choose 1 to {MOST_ORDERS:,}."
        raise Refused.because("Sample", "sample_size", message, remedy)
    writer = _Writer(selling, company, currency, today, random, rupiah)
    problems = _problems(orders, random)
    found: dict[str, list[str]] = {"ready": [], "held": [], "bad": []}
    total = Decimal(0)
    for number in range(orders):
        problem = problems.get(number, "")
        name, amount = writer.enter(number, problem)
        kind = "ready" if not problem else "held" if problem in ("on hold", "closed") else "bad"
        found[kind].append(name)
        total += amount if kind == "ready" else 0
        if on_progress:
            on_progress(number + 1, orders)
    return SampleOrders(tuple(found["ready"]), tuple(found["held"]), tuple(found["bad"]), total)


def _problems(orders: int, random: Random) -> dict[int, str]:
    """Return which orders have which problem: one each, where there are enough orders beside them."""
    if orders < 20:
        return {}
    return dict(zip(random.sample(range(orders), len(_PROBLEMS)), _PROBLEMS, strict=True))


@dataclass
class _Writer:
    selling: Selling
    company: str
    currency: str
    today: date
    random: Random
    rupiah: Callable[[Decimal], Decimal]

    def enter(self, number: int, problem: str) -> tuple[str, Decimal]:
        """Enter one order and see to its problem; return its name and total."""
        customer, days = (LIMITED, 30) if problem == "limited" else self.random.choice(CUSTOMERS)
        ordered = self.today - timedelta(days=self.random.randrange(2, 40))
        lines = tuple(self._line(*item) for item in self.random.sample(ITEMS, self.random.choice((1, 1, 2, 3))))
        new = NewOrder(
            customer=customer,
            order_date=ordered,
            delivery_date=ordered + timedelta(days=7),
            lines=lines,
            reference=f"PO/{self.today:%Y}/{number + 1:05d}",
            payment_days=days,
            submit=problem != "draft",
        )
        name = self.selling.add_order(self.company, new)
        if problem:
            self._spoil(name, problem, customer)
        return name, sum((line.qty * line.rate for line in lines), Decimal(0))

    def _line(self, item: str, thousands: str) -> NewOrderLine:
        rate = max(self.rupiah(Decimal(thousands) * 1000), Decimal(1).scaleb(-exponent(self.currency)))
        qty = Decimal(self.random.choice((1, 2, 3, 5, 10)))
        delivered = self.random.choice((Decimal(0), qty, qty // 2))
        return NewOrderLine(item, qty, rate, delivered)

    def _spoil(self, name: str, problem: str, customer: str) -> None:
        if problem == "on hold":
            self.selling.hold_order(name)
        elif problem == "closed":
            self.selling.close_order(name)
        elif problem in ("drafted", "billed"):
            self.selling.bill_by_hand([name], on=self.today, submit=problem == "billed")
        elif problem == "limited":
            self.selling.set_credit_limit(self.company, customer, Decimal(0))
