"""Sweep the sandbox: free the runs of dead workers at once, ring what nobody works.

A lease runs out by itself after some seconds; but on one machine one can see that a process is
gone, and need not wait.
"""

from __future__ import annotations

import logging
import os
import socket

from imogi_finance.batch.run import RunStatus
from imogi_finance.sandbox.composition import App
from imogi_finance.sandbox.storage.rows import In

logger = logging.getLogger(__name__)
_LIVE = In(tuple(status.value for status in RunStatus if status.is_live))


def sweep(app: App) -> list[str]:
    """Free the leases of dead processes of this machine, then ring every abandoned run; return those."""
    for row in app.rows.select("batch_run", {"status": _LIVE}):
        if row["lease_holder"] and _is_dead(row["lease_holder"]):
            with app.rows.transaction():
                unchanged = {"epoch": row["epoch"], "lease_holder": row["lease_holder"]}
                freed = {"lease_holder": None, "lease_expires_at": None, "rung_at": None}
                if app.rows.update("batch_run", (row["name"],), freed, unchanged):
                    logger.warning(
                        "run=%s epoch=%s its worker %s is gone", row["name"], row["epoch"], row["lease_holder"]
                    )
    return app.sweeper.sweep()


def _is_dead(holder: str) -> bool:
    host, _, pid = holder.rpartition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _is_zombie(int(pid))


def _is_zombie(pid: int) -> bool:
    """Whether the process has ended and only waits to be collected."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False
