"""A thousand orders, thirteen of them bad, invoiced in one run that is killed, cancelled and resumed on its way.

Seven orders are bad when the run is asked for, six more turn bad while it works. Whatever happens, the others are
invoiced, each once, and each bad one is named with its reason. Then what can be mended is mended, and tried again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.bench.processes import Failed
from tests.bench.proof.report import Bar
from tests.bench.proof.soak.found import Found
from tests.bench.proof.soak.ground import Ground
from tests.bench.proof.soak.web import BATCH, Caller
from tests.bench.proof.watching import ENDED, EVERY_SECONDS, Watch
from tests.bench.proof.workers import KINDS, Workers
from tests.erpnext.bad_order_names import MISSING, OF_MISSING, REASONS

INVOICING = "imogi_finance.batch_invoicing.api.create_invoices_bulk"
BAD = len(REASONS) + 1
# these turn bad while the run works; the others, and an order that does not exist, are bad when it is asked for
_MEANWHILE = (
    "closed",
    "billed by hand",
    "billed by a draft",
    "of a frozen customer",
    "of a disabled item",
    "cancelled",
)
_CHUNKS = 50  # so that there is a middle to be killed in
_WITHIN = "from tests.bench.proof import within_orders; "


@dataclass
class _Run:
    """The run over all orders, as its rows show it.

    Args:
        spoilt: by order, how it is bad and the voucher that this took.
    """

    ground: Ground
    caller: Caller
    workers: Workers
    bar: Bar
    found: Found
    bad: dict[str, str]
    before: dict[str, Any]
    spoilt: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    watch: Watch = field(init=False)
    kills: int = 0
    _shown: int = 0

    def inside(self, function: str, **values: Any) -> Any:
        return self.ground.bench.inside(f"{_WITHIN}answer = within_orders.{function}", **values)

    def spoil(self, hows: Sequence[str]) -> None:
        """Have orders go bad in these ways."""
        for order, how in self.bad.items():
            if how in hows:
                self.spoilt[order] = (how, self.inside("spoil(office, order, how)", order=order, how=how))

    def mend(self) -> list[str]:
        """Make good what can be; return the orders that stay bad."""
        for order, (how, voucher) in self.spoilt.items():
            if REASONS[how].is_mendable:
                self.inside("mend(order, how, voucher)", order=order, how=how, voucher=voucher)
        return [MISSING, *(order for order, how in self.bad.items() if not REASONS[how].is_mendable)]

    def ask(self, orders: Sequence[str]) -> float:
        """Ask for the run; return the seconds until the answer.

        Raises:
            Failed: it is not accepted.
        """
        how = {"submit": True, "leave_out_held": False, "chunk_size": max(1, len(orders) // _CHUNKS)}
        answer = self.caller.post(INVOICING, sales_orders=[*orders, MISSING], **how)
        if answer.run is None:
            raise Failed(f"a run over {len(orders) + 1} orders was answered {answer.said()}")
        self.watch = Watch(self.ground.bench, answer.run, tend=self.workers.tend)
        self.watch.look()
        return answer.seconds

    def until(self, holds: Callable[[dict[str, Any]], object], what: str) -> dict[str, Any]:
        """Look until something holds, and show how far the run is."""

        def shown(seen: dict[str, Any]) -> object:
            self.bar.advance(max(0, seen["succeeded"] - self._shown), f"{what}: {seen['processed']} orders")
            self._shown = max(self._shown, seen["succeeded"])
            return holds(seen)

        return self.watch.until(shown, what, seconds=1800)

    def kill(self, kind: str, chance: random.Random) -> None:
        """Kill whoever works the run at this moment, and see it going again."""
        deadline = time.monotonic() + 60
        while not (horses := self.workers.horses()):
            if time.monotonic() > deadline or self.watch.look()["status"] in ENDED:
                raise Failed(f"nobody works {self.watch.run}: {self.watch.last}")
            time.sleep(EVERY_SECONDS)
        self.workers.kill(kind, chance.choice(horses))
        self.kills += 1
        self.watch.killed(kind)
        self.found.violations += self.wrong(ended=False)
        self.until(lambda _: not self.watch.is_stalled, "going on after a kill")

    def cancel_and_resume(self) -> None:
        """Cancel it, see that it keeps what it has, and have it go on."""
        code = self.caller.post(f"{BATCH}.cancel", job_id=self.watch.run).code
        seen = self.until(lambda seen: seen["status"] in ENDED, "cancelled")
        if (code, seen["status"]) != (200, "Cancelled") or not 0 < seen["succeeded"] < seen["total"]:
            self.found.violations.append(f"a cancel was answered {code}, and the run is {seen}")
        self.found.violations += self.wrong(ended=True)
        self.retry()

    def retry(self) -> None:
        """Try again what failed, and what a cancel has left.

        Raises:
            Failed: it is not accepted, or another run goes on.
        """
        answer = self.caller.post(f"{BATCH}.retry", job_id=self.watch.run)
        if answer.run != self.watch.run:
            raise Failed(f"the retry of {self.watch.run} was answered {answer.said()}")
        self.watch.look()

    def wrong(self, *, ended: bool) -> list[str]:
        besides = [voucher for _, voucher in self.spoilt.values() if voucher]
        values = {"before": self.before, "runs": [self.watch.run], "besides": besides, "apart": list(self.spoilt)}
        return list(
            self.inside("wrong(before, runs, ended=ended, besides=besides, apart=apart)", ended=ended, **values)
        )

    def ended(self, bad: Sequence[str]) -> dict[str, Any]:
        """Wait for its end: all but the bad orders are invoiced, and each of those is named with its reason."""
        seen = self.until(lambda seen: seen["status"] in ENDED, "the end")
        wanted = ("Completed with Errors", seen["total"] - len(bad), len(bad))
        if (seen["status"], seen["succeeded"], seen["failed"]) != wanted:
            self.found.violations.append(f"{self.watch.run} ended as {seen}, must be {wanted}")
        errors = self.inside("errors_of(run)", run=self.watch.run)
        if set(errors) != set(bad):
            self.found.violations.append(f"{sorted(errors)} are named, must be {sorted(bad)}")
        for order, told in errors.items():
            reason = REASONS[self.bad[order]] if order in self.bad else OF_MISSING
            if reason.says not in told:
                self.found.violations.append(f"of {order}, which is {self.bad.get(order, 'missing')}, is said: {told}")
        self.found.violations += self.wrong(ended=True)
        return seen


def with_bad_ones(ground: Ground, caller: Caller, workers: Workers, count: int, bar: Bar, *, seed: int) -> Found:
    """Invoice so many orders, thirteen of them bad, through two kills and a cancel; then mend them, and try again."""
    found, chance = Found(), random.Random(seed)
    orders, bad, before = _made(ground, count)
    run = _Run(ground, caller, workers, bar, found, bad, before)
    run.spoil([how for how in REASONS if how not in _MEANWHILE])
    started = time.monotonic()
    answer_seconds = run.ask(orders)
    told = run.inside("errors_of(run)", run=run.watch.run)
    first = [MISSING, *(order for order, (how, _) in run.spoilt.items() if REASONS[how].is_seen_first)]
    found.violations += [
        f"of {order} nothing was said when the run was asked for" for order in first if order not in told
    ]
    run.until(lambda seen: seen["processed"] >= count // 5, "work")
    run.spoil(_MEANWHILE)
    run.until(lambda seen: seen["processed"] >= count * 2 // 5, "work")
    run.kill("horse", chance)
    run.until(lambda seen: seen["processed"] >= count * 3 // 5, "work")
    run.cancel_and_resume()
    run.until(lambda seen: seen["processed"] >= count * 3 // 4, "work after it was resumed")
    run.kill(chance.choice(KINDS), chance)
    whole = run.ended([*bad, MISSING])
    seconds = time.monotonic() - started
    stay = run.mend()
    run.retry()
    last = run.ended(stay)
    found.violations += run.watch.wrong
    found.figures = {
        "orders": whole["total"],
        "invoiced": whole["succeeded"],
        "named": whole["failed"],
        "named_at_once": len(told),
        "kills": run.kills,
        "after_retry": last["succeeded"],
        "still_bad": last["failed"],
        "claims": last["epoch"],
        "answer_seconds": round(answer_seconds, 2),
        "seconds": round(seconds, 1),
        "orders_a_second": round(whole["succeeded"] / seconds, 1),
        **_billed(ground, run.watch.run),
    }
    return found


def _made(ground: Ground, count: int) -> tuple[list[str], dict[str, str], dict[str, Any]]:
    """Make orders, the last of them such as may go bad; return them, how those will, and the books before."""
    inside = ground.bench.inside
    good = inside(f"{_WITHIN}answer = within_orders.stock(office, count)", count=count - BAD)
    code = f"{_WITHIN}answer = [within_orders.make_bad(office) for _ in range(count)]"
    bad = dict(zip(inside(code, count=len(REASONS)), REASONS, strict=True))
    orders = [*good, *bad]
    return orders, bad, inside(f"{_WITHIN}answer = within_orders.snapshot(office, orders)", orders=orders)


def _billed(ground: Ground, run: str) -> dict[str, int]:
    """Return how many orders of a run are billed more than once, and how many that succeeded not at all."""
    rows = ground.rows(
        """select i.reference_name, i.status, count(distinct v.name) as invoices from `tabBatch Run Item` i
        left join `tabSales Invoice Item` l on l.sales_order = i.reference_name
        left join `tabSales Invoice` v on v.name = l.parent and v.docstatus = 1
        where i.run = %(run)s group by i.reference_name, i.status""",
        run=run,
    )
    return {
        "twice": sum(row["invoices"] > 1 for row in rows),
        "lost": sum(row["status"] == "Succeeded" and not row["invoices"] for row in rows),
    }
