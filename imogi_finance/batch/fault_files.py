"""Faults for real processes: what the crash tests write into a folder, the next process there does.

Nothing happens unless ``IMOGI_FAULTS`` names a folder, and that lies in the sandbox's or
the site's own. In it, a file called after a fault point holds "ACTION NTH": at its NTH pass of the point the
process kills itself (``kill``), its parent (``kill-parent``: it goes on as an orphan) or both (``kill-both``), or
stops itself until somebody continues it (``stop``). The file is taken first, so that one file is one fault.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

from imogi_finance.batch import faults


def arm_from_environment(home: str) -> None:
    """Arm this process where the environment says so.

    Args:
        home: the sandbox's folder, or the site's: no environment arms the processes of another.
    """
    folder = os.environ.get("IMOGI_FAULTS")
    if folder and Path(folder).resolve().is_relative_to(Path(home).resolve()):
        faults.arm(_Injector(Path(folder)))


class _Injector:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._passes: Counter[str] = Counter()

    def __call__(self, point: str) -> None:
        self._passes[point] += 1
        order = self._folder / point
        try:
            action, nth = order.read_text().split()
        except FileNotFoundError:
            return
        if self._passes[point] < int(nth):
            return
        try:
            order.rename(order.with_suffix(f".taken-{os.getpid()}"))
        except FileNotFoundError:
            return  # another process was quicker
        if action in ("kill-parent", "kill-both"):
            os.kill(os.getppid(), signal.SIGKILL)
        if action in ("kill", "kill-both"):
            os.kill(os.getpid(), signal.SIGKILL)
        if action == "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
