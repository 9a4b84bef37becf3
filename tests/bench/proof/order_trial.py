"""A run that invoices orders, under trial; and how one is asked for on a stage."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.bench.proof.stage import Stage
from tests.bench.proof.trial import Trial

WITHIN = "from tests.bench.proof import within_orders\n"


def call(stage: Stage, function: str, **values: Any) -> Any:
    """Call a function of ``within_orders`` with values by name; return its answer. What it wrote is committed."""
    return stage.bench.inside(f"{WITHIN}answer = within_orders.{function}", **values)


@dataclass
class OrderTrial(Trial):
    """A run that invoices orders.

    Args:
        user: who has asked for it.
        orders: names, in the order in which they were asked for.
        spoilt: how each order was made bad, and the voucher that this took.
    """

    user: str = ""
    orders: list[str] = field(default_factory=list)
    spoilt: dict[str, tuple[str, str | None]] = field(default_factory=dict)

    def spoil(self, order: str, how: str) -> None:
        """Have somebody do something to an order by which it cannot be invoiced; see ``bad_orders.BAD``."""
        voucher = call(self.stage, "spoil(office, order, how)", order=order, how=how)
        self.spoilt[order] = (how, voucher)
        self.apart.append(order)
        self.elsewhere += [voucher] if voucher else []

    def mend(self, order: str) -> None:
        """Make an order good again; it is then billed as any other, but what was done to it stays its own story."""
        how, voucher = self.spoilt[order]
        call(self.stage, "mend(order, how, voucher)", order=order, how=how, voucher=voucher)

    def errors(self) -> dict[str, str]:
        """Return what is said of each order that has failed."""
        return dict(call(self.stage, "errors_of(run)", run=self.run))

    def cancel(self) -> None:
        self.stage.call("cancel(run, user)", run=self.run, user=self.user)

    def retry(self) -> str:
        return str(self.stage.call("retry(run, user)", run=self.run, user=self.user))

    def wrong(self, *, ended: bool) -> list[str]:
        function = "wrong(before, runs, ended=ended, besides=besides, apart=apart)"
        values = {"besides": self.elsewhere, "apart": self.apart}
        found = call(self.stage, function, before=self.before, runs=[self.run], ended=ended, **values)
        return [*self.watch.wrong, *found]


def stored(stage: Stage, count: int, *, own: int = 0, **options: Any) -> OrderTrial:
    """Ask for a run over new orders that nobody is rung for yet.

    Args:
        own: how many of them, the last, share nothing with any other, so that they may be spoilt.
        options: of the run; it submits unless they say otherwise.
    """
    user = call(stage, "prepare(office)")
    orders = list(call(stage, "stock(office, count)", count=count - own))
    orders += [call(stage, "make_bad(office)") for _ in range(own)]
    before = call(stage, "snapshot(office, orders)", orders=orders)
    chosen = {"submit": True, **options}
    run = call(stage, "store(orders, user, **options)", orders=orders, user=user, options=chosen)
    return OrderTrial(stage, run, before, stage.watch(run), user=user, orders=orders)
