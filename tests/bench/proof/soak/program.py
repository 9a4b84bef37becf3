"""The scenarios in their order, on one bench, in two sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tests.bench.proof.report import Bar
from tests.bench.proof.soak import final_step, killed, large_run, many_runs, requests_at_once
from tests.bench.proof.soak.found import Found
from tests.bench.proof.soak.ground import Ground, Line
from tests.bench.proof.soak.web import Caller, web_server
from tests.bench.proof.workers import Workers, running
from tests.bench.workbench import Workbench

_WORKERS = 2
_WORKED_BY_A_WORKER = 60  # invoices, above the number up to which a request is worked at once
_WORKED_AT_ONCE = 20


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
    one_an_invoice: bool = False
    seed: int = 1
    soak_seconds: float = 2400.0

    @classmethod
    def whole(cls, invoices: int, *, one_an_invoice: bool, seed: int) -> Sizes:
        """Return the long form: so many invoices in the large run, and under kills."""
        rest = {"large": invoices, "final": invoices, "soak": invoices, "soak_runs": 20, "runs": 20, "each": 50}
        return cls(rounds=60, identical=100, one_an_invoice=one_an_invoice, seed=seed, **rest)

    @classmethod
    def short(cls) -> Sizes:
        """Return what fits beside other tests: some hundred invoices."""
        return cls(rounds=3, identical=20, runs=5, each=24, large=120, final=240, soak=160, soak_runs=4)

    @property
    def steps(self) -> int:
        """Return about how many invoices a bar counts."""
        return self.runs * self.each + self.large + self.final + self.soak


Scenario = Callable[[], Found]


def play(bench: Workbench, sizes: Sizes, bar: Bar) -> dict[str, Found]:
    """Play all scenarios on a bench that nobody else uses; return what each has found, by its name."""
    ground = Ground(bench)
    found: dict[str, Found] = {}
    with web_server(bench) as url:
        caller = Caller(url)
        bar.show("invoices for the races")
        ground.work_at_once_up_to(0)
        rivals = requests_at_once.rivals_over(ground, size=8)
        found["rivals"] = requests_at_once.race(ground, caller, rivals, sizes.rounds, bar)
        ground.work_at_once_up_to(_WORKED_AT_ONCE)
        with running(bench, _WORKERS) as workers:
            for name, size in (("identical", _WORKED_BY_A_WORKER), ("identical_at_once", _WORKED_AT_ONCE)):
                bar.show(f"{sizes.identical} identical requests over {size} invoices")
                line = ground.paid_line(size)
                found[name] = requests_at_once.identical(ground, caller, line, sizes.identical)
            lines = [ground.paid_line(sizes.each) for _ in range(sizes.runs)]
            found["runs_at_once"] = many_runs.at_the_same_time(ground, caller, lines, bar)
            line = ground.paid_line(sizes.large)
            by_party = not sizes.one_an_invoice
            found["large_run"] = large_run.large(ground, caller, workers, line, bar, per_party=by_party)
            found["final_step"] = final_step.alone(ground, caller, workers, sizes.final, bar)
            found["killed"] = _killed(ground, caller, workers, sizes, bar)
        bar.show("the audit")
        found["audit"] = _audited(ground)
    return found


def _killed(ground: Ground, caller: Caller, workers: Workers, sizes: Sizes, bar: Bar) -> Found:
    each, rest = divmod(sizes.soak, sizes.soak_runs)
    lines = [ground.paid_line(each + (number < rest)) for number in range(sizes.soak_runs)]
    return killed.until_done(ground, caller, workers, lines, bar, seed=sizes.seed, longest=sizes.soak_seconds)


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
