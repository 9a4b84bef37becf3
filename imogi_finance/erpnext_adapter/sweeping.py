"""The sweeper's job, each minute: ring the runs that nobody works, tell the ends that nobody has told.

And a smaller one before any job of the site on any worker, so that a bench with something to do need not wait for it.
"""

import logging
from typing import Any

import frappe
from rq.timeouts import JobTimeoutException

from imogi_finance.erpnext_adapter import standby_place
from imogi_finance.erpnext_adapter.announcing import announce_missed
from imogi_finance.erpnext_adapter.composition import compose
from imogi_finance.erpnext_adapter.database_errors import number
from imogi_finance.erpnext_adapter.health.notes import note_sweep
from imogi_finance.erpnext_adapter.own_connection import own_connection
from imogi_finance.erpnext_adapter.queue import FrappeQueue
from imogi_finance.errors import Transient

_NOT_MIGRATED = (1054, 1146)  # no such column, no such table
logger = logging.getLogger(__name__)
_NOBODY_S = "Administrator"  # the job that comes next is somebody's, and the runs are others'


def sweep() -> None:
    """Sweep once. A database that does not answer is left to the next minute: Frappe would try again as nobody."""
    frappe.db.commit()  # what hooks around the job have written; see FrappeTransactions
    try:
        rung = compose().sweeper.sweep()
        announce_missed()
        note_sweep(rung)
    except Transient as error:
        logger.warning("swept in vain: %s", error)


def before_job(method: str = "", **_: Any) -> None:
    """Ring the runs that nobody works, before a job of whatever app; at most once in some seconds.

    It does nothing to that job: it works on a connection of its own, and whatever fails here is left to the next sweep.
    On a site that is being migrated, or is not yet, it does nothing at all.

    Args:
        method: what the job is about to call.
    """
    if method.startswith("imogi_finance.") or frappe.conf.maintenance_mode:
        return
    try:
        if not standby_place.sweep_is_due():
            return
        with own_connection():
            rung = compose(queue=FrappeQueue(user=_NOBODY_S)).sweeper.sweep()
        if rung:
            logger.info("rung before a job: %s", ", ".join(rung))
    except JobTimeoutException:
        raise
    except Exception as error:  # another app's job must not fail by it
        level = logging.DEBUG if number(error) in _NOT_MIGRATED else logging.WARNING
        logger.log(level, "no sweep before a job: %s", error, exc_info=True)
