"""Drive random sequences on the site that FRAPPE_SITE names; stdout has a JSON object a line, the last the figures."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from contextlib import nullcontext
from typing import Any

from tests.erpnext.fuzz.driving import Drive, drive
from tests.erpnext.fuzz.footprint import index_creation
from tests.erpnext.fuzz.mutations import MUTATIONS, mutated
from tests.erpnext.fuzz.sequence import Sequence
from tests.erpnext.office import connect


def main() -> int:
    """Drive, and return 1 where something was violated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=250)
    parser.add_argument("--steps", type=int, default=20, help="of a sequence; the first four make what it begins with")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-shrink", action="store_true", help="end at the first violation, as it is found")
    parser.add_argument("--mutate", choices=sorted(MUTATIONS), help="break the app on purpose: it must be found")
    parser.add_argument("--mutations", action="store_true", help="name the ways to break it")
    options = parser.parse_args()
    if options.mutations:
        _say({"mutations": list(MUTATIONS)})
        return 0
    connect(os.environ["FRAPPE_SITE"])
    index_creation()
    started = time.monotonic()

    def ended(sequence: Sequence) -> None:
        tally = Sequence.tally
        violated = {"violated": sequence.told()} if sequence.error is not None and not tally.shrinking else {}
        _say({"sequences": tally.sequences, "steps": tally.steps, "shrinking": tally.shrinking, **violated})

    how = Drive(options.sequences, options.steps, options.seed, shrink=not options.no_shrink)
    with mutated(options.mutate) if options.mutate else nullcontext():
        found = drive(how, each=ended)
    _say({"figures": found.figures() | {"seconds": round(time.monotonic() - started, 1)}})
    return 1 if found.violation else 0


def _say(what: dict[str, Any]) -> None:
    sys.__stdout__.write(json.dumps(what) + "\n")  # Hypothesis has the other one
    sys.__stdout__.flush()


if __name__ == "__main__":
    sys.exit(main())
