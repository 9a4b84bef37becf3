"""Tells the browser by Frappe's realtime: where a run is goes to the one who asked, and that it moved to its room.

Frappe asks for the right to read a document when a browser joins its room, and never again: who has joined hears what
is said there until they leave, whatever they have lost since. So a run's room is told nothing but the run's name, which
whoever joined it knows; how it stands is asked for, and answered to who may see it at that moment.
"""

import logging
import time
from collections.abc import Mapping
from typing import Any

import frappe
import redis
from frappe.realtime import get_doc_room, get_user_room

from imogi_finance.erpnext_adapter.users import is_enabled
from imogi_finance.erpnext_adapter.visibility import RUN

logger = logging.getLogger(__name__)
CHANGED = "batch_run_changed"
_SECONDS_BETWEEN_CHANGES = 1.0  # each makes everybody in the room ask


class FrappeRealtime:
    """See ``imogi_finance.batch.doors.Realtime``. Published at once: it is called after the commit."""

    def __init__(self) -> None:
        self._told: tuple[str, float] | None = None

    def publish(self, event: str, payload: Mapping[str, Any], *, run: str, user: str) -> None:
        """Send the event to the one who asked, unless they are disabled by now, and to the run's room that it moved.

        The rooms are named, as Frappe would take a task's open room where there is one.
        """
        try:
            if is_enabled(user):
                frappe.publish_realtime(event, dict(payload), room=get_user_room(user))
            if not self._is_too_soon(event, run):
                frappe.publish_realtime(CHANGED, {"job_id": run}, room=get_doc_room(RUN, run))
        except (redis.RedisError, OSError) as error:
            logger.warning("run=%s %s not published: %s", run, event, error)

    def _is_too_soon(self, event: str, run: str) -> bool:
        """Whether the room was told a moment ago; of the end it is always told."""
        now = time.monotonic()
        last = self._told[1] if self._told and self._told[0] == run else float("-inf")
        if event.endswith("_progress") and now - last < _SECONDS_BETWEEN_CHANGES:
            return True
        self._told = (run, now)
        return False
