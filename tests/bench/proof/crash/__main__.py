"""The long form: ``python -m tests.bench.proof.crash [--kills N] [--jobs N] [--seed N] [--only TEXT] [--list]``.

Every case of the table, then runs killed at random moments until there are enough kills; on several benches of
their own at once. At the end a table, the same as JSON in ``artefacts``, and exit code 1 where anything was wrong.
"""

from __future__ import annotations

import argparse
import queue
import random
import signal
import sys
import threading
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.bench.host import BenchUnavailable
from tests.bench.proof import report
from tests.bench.proof.crash.case import Case, Played, play
from tests.bench.proof.crash.table import all_cases, storms
from tests.bench.proof.stage import stage
from tests.bench.session import Session, session

_STORMS = 1000  # more than anybody asks for


@dataclass
class Tally:
    """What all cases came to."""

    cases: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, list[str]] = field(default_factory=dict)
    recoveries: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    started: float = field(default_factory=time.monotonic)

    def add(self, case: Case, played: Played) -> None:
        self.cases[case.group] += 1
        self.kills[case.group] += played.kills
        if played.wrong:
            self.wrong[case.name] = played.wrong
        for recovery in played.recoveries:
            if recovery.seconds is not None:
                self.recoveries[recovery.kind].append(recovery.seconds)


class Work:
    """The cases that are left, for several benches to take from; then storms, until there are enough kills."""

    def __init__(self, cases: Sequence[Case], more: Sequence[Case], kills: int) -> None:
        self._cases, self._more, self._wanted = list(cases), list(more), kills
        self._lock = threading.Lock()
        self._is_over = False
        self.tally = Tally()

    def take(self) -> Case | None:
        """Return the next case; None where no more is wanted."""
        with self._lock:
            if self._is_over:
                return None
            if self._cases:
                return self._cases.pop(0)
            enough = self.tally.kills.total() >= self._wanted
            return self._more.pop(0) if self._more and not enough else None

    def stop(self) -> None:
        """Give nothing out any more, and note nothing: the benches are being taken away."""
        with self._lock:
            self._is_over = True

    def done(self, case: Case, played: Played, bar: report.Bar) -> None:
        """Note what came of a case."""
        with self._lock:
            if self._is_over:
                return
            self.tally.add(case, played)
            bar.advance(played.kills, case.name)
            if played.wrong:
                again = f'python -m tests.bench.proof.crash --only "{case.name}"'
                bar.say(
                    "\n".join([f"WRONG: {case.name}", *(f"  {line}" for line in played.wrong), f"  again: {again}"])
                )


def main() -> int:
    """Play; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.proof.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=500, help="how many at least (500)")
    parser.add_argument("--jobs", type=int, default=2, help="on how many benches at once (2)")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments (1)")
    parser.add_argument("--only", help="the cases whose names have this in them, and no others")
    parser.add_argument("--list", action="store_true", help="name the cases")
    options = parser.parse_args()
    cases, more = _chosen(options.only, options.seed)
    if options.list:
        print("\n".join(case.name for case in cases))  # noqa: T201
        return 0
    if not cases and not more:
        parser.error(f"No case is called {options.only!r}; --list names them.")
    work = Work(cases, [] if options.only and cases else more, 0 if options.only else options.kills)
    if options.only and not cases:
        work = Work(more, [], 0)
    for number in (signal.SIGINT, signal.SIGTERM):  # what a shell starts in the background ignores an interrupt
        signal.signal(number, signal.default_int_handler)
    try:
        with session() as prepared:
            _play_all(prepared, work, options.jobs, max(options.kills if not options.only else 0, len(cases)))
    except BenchUnavailable as error:
        print(f"*** SKIPPED: {error} ***")  # noqa: T201
        return 0
    except KeyboardInterrupt:
        print("Interrupted; this is what was done until then.")  # noqa: T201
        _tell(work.tally, options.kills)
        return 130
    return _tell(work.tally, 0 if options.only else options.kills)


def _chosen(only: str | None, seed: int) -> tuple[list[Case], list[Case]]:
    """Return the cases of the table, mixed so that any part of them is a fair one, and the storms after them."""
    cases = list(all_cases())
    if only:
        exact = [case for case in [*cases, *storms(_STORMS, seed)] if case.name == only]
        found = exact or [case for case in cases if only in case.name]
        return found, [case for case in storms(20, seed) if only in case.name]
    random.Random(seed).shuffle(cases)
    cases.sort(key=lambda case: case.is_long, reverse=True)  # else one bench would wait for them at the end
    return cases, list(storms(_STORMS, seed))


def _play_all(prepared: Session, work: Work, jobs: int, total: int) -> None:
    errors: queue.Queue[str] = queue.Queue()

    def play_some(bar: report.Bar) -> None:
        try:
            while (case := work.take()) is not None:
                with prepared.fresh() as bench, stage(bench) as made:
                    while case is not None and made.is_usable:
                        bar.show(case.name)
                        played = play(case, made)
                        if played.wrong:
                            report.keep_text(f"bench-crash {case.name}", bench.logs(size=200_000))
                        work.done(case, played, bar)
                        case = work.take() if made.is_usable else None
        except BaseException:  # noqa: BLE001 - told by the main thread
            errors.put(traceback.format_exc())

    with report.bar("killing", total) as bar:
        threads = [threading.Thread(target=play_some, args=(bar,), daemon=True) for _ in range(jobs)]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(0.2)
        except KeyboardInterrupt:
            work.stop()
            raise
    if not errors.empty():
        work.tally.wrong["the command itself"] = [errors.get()]


def _tell(tally: Tally, wanted: int) -> int:
    rows = [(group, f"{tally.kills[group]} in {tally.cases[group]} runs", "") for group in sorted(tally.cases)]
    kills, wrong = tally.kills.total(), sum(map(len, tally.wrong.values()))
    rows.append(("all kills", f"{kills}", f"at least {wanted}" if wanted else ""))
    rows.append(("violations", f"{wrong}", "0"))
    times = {kind: report.spread(seconds) for kind, seconds in sorted(tally.recoveries.items())}
    for kind, of in times.items():
        rows.append((f"going again after: {kind}", report.shown_spread(of), _wanted_of(kind)))
    took = time.monotonic() - tally.started
    rows.append(("all of it took", f"{took / 60:.1f} min", ""))
    report.print_table("bench-crash: kills on MariaDB, Redis and RQ", rows)
    for name, lines in tally.wrong.items():
        print(f"WRONG: {name}", *lines, sep="\n  ")  # noqa: T201
    figures = {
        "kills": kills,
        "runs": tally.cases.total(),
        "violations": wrong,
        "wrong": tally.wrong,
        "by_group": {group: {"runs": tally.cases[group], "kills": tally.kills[group]} for group in tally.cases},
        "recovery_seconds": times,
        "seconds": round(took, 1),
    }
    print(f"Figures: {report.keep('bench-crash', figures)}")  # noqa: T201
    return 1 if wrong or kills < wanted else 0


def _wanted_of(kind: str) -> str:
    if kind in ("horse", "parent", "both"):
        return "p95 at most 10 s, max 30 s"
    return "at most 90 s" if "scheduler" in kind else ""


if __name__ == "__main__":
    sys.exit(main())
