"""``python -m tests.simulation --seeds N [--seed S] [--orders] [--jobs J] [--trace]``."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections import Counter

from tests.simulation.runner import play, play_all


def main() -> int:
    """Play seeds and print what they reached; return 1 where one failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many seeds to play")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--seed", type=int, help="play just this one")
    parser.add_argument("--orders", action="store_true", help="batches of orders, instead of reconciliations")
    parser.add_argument("--jobs", type=int, default=1, help="on how many processes")
    parser.add_argument("--trace", action="store_true", help="print the interleaving")
    args = parser.parse_args()
    logging.disable(logging.CRITICAL)
    write = sys.stdout.write
    if args.seed is not None:
        trace = (lambda line: print(line)) if args.trace else None  # noqa: T201
        played = play(args.seed, trace, orders=args.orders)
        write(f"{played.replay}\n" if played.problem else f"seed {args.seed} holds\n")
        return 1 if played.problem else 0
    counts: Counter[str] = Counter()
    failed = 0
    started = time.monotonic()
    for number, played in enumerate(
        play_all(range(args.first, args.first + args.seeds), jobs=args.jobs, orders=args.orders), 1
    ):
        counts += played.counts
        if played.problem:
            failed += 1
            write(f"\r{played.replay}\n")
        if sys.stdout.isatty() or number % 200 == 0:
            write(f"\r{number}/{args.seeds} seeds, {failed} failed, {time.monotonic() - started:.0f} s")
            sys.stdout.flush()
    write("\n")
    for what, times in sorted(counts.items()):
        write(f"{times:>9,}  {what}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
