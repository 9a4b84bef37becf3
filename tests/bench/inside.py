"""A Python inside the site, for tests outside it: code goes in, JSON comes out.

One connected process serves a whole test session, as starting another for each question would take seconds. Each piece
of code is a transaction: committed at its end, rolled back on an error.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.bench.processes import Failed


class Inside:
    """The process; see ``tests/erpnext/answering_code.py`` for its other end."""

    def __init__(self, python: str, sites: Path, environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        self._output = log.open("ab")
        self._process = subprocess.Popen(
            [python, "-m", "tests.erpnext.answering_code"],
            cwd=sites,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._output,
            text=True,
            start_new_session=True,
        )

    def __call__(self, code: str, **values: Any) -> Any:
        """Run statements; return what they leave in ``answer``, else None.

        Args:
            values: names for the code, as JSON can carry.

        Raises:
            Failed: the code raised; with its traceback.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"code": code, "values": values}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            self._gone()
        line = self._process.stdout.readline()
        if not line:
            self._gone()
        found = json.loads(line)
        if "error" in found:
            raise Failed(f"Inside the site:\n{found['error']}")
        return found["answer"]

    def value(self, expression: str, **values: Any) -> Any:
        """Return the value of an expression."""
        return self(f"answer = ({expression})", **values)

    def _gone(self) -> None:
        raise Failed(f"The Python inside the site has ended:\n{self._log.read_text(errors='replace')[-6000:]}")

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()
        self._output.close()
