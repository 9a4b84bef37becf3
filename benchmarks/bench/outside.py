"""Run the measures on a bench of their own: the user's apps, a fresh site, servers of nobody else."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tests.bench.host import BenchUnavailable
from tests.bench.session import session

Figures = dict[str, Any]


def measure(*more: str, quick: bool) -> Figures | str:
    """Return the figures of a bench; where this machine has none, the line that says so.

    Args:
        more: options of ``benchmarks.bench.inside``.
    """
    try:
        with session() as prepared, prepared.workbench() as bench:
            command = [str(bench.host.python), "-m", "benchmarks.bench.inside", *(["--quick"] if quick else []), *more]
            done = subprocess.run(
                command,
                cwd=bench.sites,
                env=bench.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=sys.stderr,
                text=True,
                check=True,
            )
    except BenchUnavailable as error:
        return str(error)
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures
