"""The scenarios in their order, on one bench, in two sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tests.bench.processes import Failed
from tests.bench.proof.report import Bar
from tests.bench.proof.soak import final_step, killed, large_run, many_runs, orders, orders_at_once, requests_at_once
from tests.bench.proof.soak.found import Found
from tests.bench.proof.soak.ground import Ground, Line
from tests.bench.proof.soak.web import Caller, web_server
from tests.bench.proof.workers import Workers, running
from tests.bench.workbench import Workbench

_WORKERS = 2
WORKED_BY_A_WORKER = 60  # invoices, above the number up to which a request is worked at once
WORKED_AT_ONCE = 50  # three chunks: others could come to help


@dataclass(frozen=True)
class Sizes:
    """How large everything is.

    Args:
        rounds: races for each kind of document that two runs may share.
        identical: requests in one instant.
        runs: at once, of so many invoices ``each``.
        large: invoices of the one large run, by one payment a party, or an invoice with ``one_an_invoice``.
        final: payments of the run of which only the final step is done.
        soak: invoices paid under kills, in so many ``soak_runs``.
        orders: invoiced in one run through kills and a cancel, thirteen of them bad.
        seed: of the kills.
        soak_seconds: after which the soak is given up.
    """

    rounds: int
    identical: int
    runs: int
    each: int
    large: int
    final: int
    soak: int
    soak_runs: int
    orders: int
    one_an_invoice: bool = False
    seed: int = 1
    soak_seconds: float = 2400.0

    @classmethod
    def whole(cls, invoices: int, *, one_an_invoice: bool, seed: int) -> Sizes:
        """Return the long form: so many invoices in the large run, and under kills."""
        rest = {
            "large": invoices,
            "final": invoices,
            "soak": invoices,
            "soak_runs": 20,
            "runs": 20,
            "each": 50,
            "orders": 1000,
        }
        return cls(rounds=60, identical=100, one_an_invoice=one_an_invoice, seed=seed, **rest)

    @classmethod
    def short(cls) -> Sizes:
        """Return what fits beside other tests: some hundred invoices."""
        # a run of the soak is larger than what the request itself works: only a worker can be killed
        return cls(rounds=3, identical=20, runs=5, each=24, large=120, final=240, soak=240, soak_runs=4, orders=100)

    def steps(self, only: Sequence[str] = ()) -> int:
        """Return how many invoices a bar counts, of some scenarios or of all."""
        of = {
            "runs_at_once": self.runs * self.each,
            "large_run": self.large,
            "final_step": self.final,
            "killed": self.soak,
            "orders": self.orders,
        }
        return sum(count for name, count in of.items() if not only or name in only)


@dataclass
class Program:
    """The scenarios, each under the name of its figures."""

    ground: Ground
    caller: Caller
    workers: Workers
    sizes: Sizes
    bar: Bar

    def rivals(self) -> Found:
        self.ground.work_at_once_up_to(0)
        rivals = requests_at_once.rivals_over(self.ground, size=8)
        return requests_at_once.race(self.ground, self.caller, rivals, self.sizes.rounds, self.bar)

    def identical(self) -> Found:
        return self._identical(WORKED_BY_A_WORKER)

    def identical_at_once(self) -> Found:
        return self._identical(WORKED_AT_ONCE)

    def _identical(self, invoices: int) -> Found:
        self.ground.work_at_once_up_to(WORKED_AT_ONCE)
        line = self.ground.paid_line(invoices)
        return requests_at_once.identical(self.ground, self.caller, line, self.sizes.identical)

    def runs_at_once(self) -> Found:
        lines = [self.ground.paid_line(self.sizes.each) for _ in range(self.sizes.runs)]
        return many_runs.at_the_same_time(self.ground, self.caller, lines, self.bar)

    def large_run(self) -> Found:
        line, by_party = self.ground.paid_line(self.sizes.large), not self.sizes.one_an_invoice
        return large_run.large(self.ground, self.caller, self.workers, line, self.bar, per_party=by_party)

    def final_step(self) -> Found:
        return final_step.alone(self.ground, self.caller, self.workers, self.sizes.final, self.bar)

    def killed(self) -> Found:
        each, rest = divmod(self.sizes.soak, self.sizes.soak_runs)
        lines = [self.ground.paid_line(each + (number < rest)) for number in range(self.sizes.soak_runs)]
        seed, longest = self.sizes.seed, self.sizes.soak_seconds
        return killed.until_done(self.ground, self.caller, self.workers, lines, self.bar, seed=seed, longest=longest)

    def orders(self) -> Found:
        return orders.with_bad_ones(
            self.ground, self.caller, self.workers, self.sizes.orders, self.bar, seed=self.sizes.seed
        )

    def identical_orders(self) -> Found:
        return orders_at_once.identical(self.ground, self.caller, WORKED_BY_A_WORKER, self.sizes.identical)

    def rival_orders(self) -> Found:
        return orders_at_once.rivals(self.ground, self.caller, self.sizes.rounds, self.bar)


WITH_WORKERS = (
    "identical",
    "identical_at_once",
    "runs_at_once",
    "large_run",
    "final_step",
    "killed",
    "orders",
    "identical_orders",
)
WITHOUT_WORKERS = ("rivals", "rival_orders")  # nobody may work what is raced for


def play(bench: Workbench, sizes: Sizes, bar: Bar, *, only: Sequence[str] = ()) -> dict[str, Found]:
    """Play the scenarios on a bench that nobody else uses; return what each has found, by its name.

    Args:
        only: names of those that are wanted, where not all are. The audit is always last.
    """
    ground = Ground(bench)
    ground.let_wait(0)  # one user asks for all runs here
    found: dict[str, Found] = {}
    with web_server(bench) as url:
        program = Program(ground, Caller(url), Workers(bench, _WORKERS), sizes, bar)

        def play_some(names: Sequence[str]) -> None:
            for name in names:
                if not only or name in only:
                    bar.show(name.replace("_", " "))
                    found[name] = _played(getattr(program, name))

        with running(bench, _WORKERS) as program.workers:
            play_some(WITH_WORKERS)
        play_some(WITHOUT_WORKERS)  # last: the bells of what is raced for are nobody's to answer
    bar.show("the audit")
    found["audit"] = _played(lambda: _audited(ground))
    return found


def _played(scenario: Callable[[], Found]) -> Found:
    """Play a scenario; that it got nowhere is a violation, and the others are played all the same."""
    try:
        return scenario()
    except Failed as error:
        return Found(violations=[str(error)])


def _audited(ground: Ground) -> Found:
    """Audit every run of the site by all rules, and add up everything that was to be paid."""
    found = Found()
    code = "from tests.erpnext import audit; answer = audit.violations(ended=True)"
    found.violations += ground.bench.inside(code)
    code = "from tests.bench.proof.soak.balance import balance; answer = balance(lines)"
    sums = ground.bench.inside(code, lines=_plain(ground.paid))
    found.violations += sums.pop("wrong")
    found.figures = {"runs": ground.rows("select count(*) as runs from `tabBatch Run`")[0]["runs"], **sums}
    return found


def _plain(lines: Sequence[Line]) -> list[dict[str, Any]]:
    return [asdict(line) for line in lines]
