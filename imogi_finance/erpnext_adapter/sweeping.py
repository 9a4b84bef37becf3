"""The sweeper's job, each minute: ring the runs that nobody works, tell the ends that nobody has told."""

import logging

import frappe

from imogi_finance.erpnext_adapter.announcing import announce_missed
from imogi_finance.erpnext_adapter.composition import compose
from imogi_finance.erpnext_adapter.health.notes import note_sweep
from imogi_finance.errors import Transient

logger = logging.getLogger(__name__)


def sweep() -> None:
    """Sweep once. A database that does not answer is left to the next minute: Frappe would try again as nobody."""
    frappe.db.commit()  # what hooks around the job have written; see FrappeTransactions
    try:
        rung = compose().sweeper.sweep()
        announce_missed()
        note_sweep(rung)
    except Transient as error:
        logger.warning("swept in vain: %s", error)
