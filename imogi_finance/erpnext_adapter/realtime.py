"""Tells the browser by Frappe's realtime: the run's document room, which Frappe guards, and the one who asked."""

import logging
from collections.abc import Mapping
from typing import Any

import frappe
import redis
from frappe.realtime import get_doc_room, get_user_room

from imogi_finance.erpnext_adapter.visibility import RUN

logger = logging.getLogger(__name__)


class FrappeRealtime:
    """See ``imogi_finance.batch.doors.Realtime``. Published at once: it is called after the commit."""

    def publish(self, event: str, payload: Mapping[str, Any], *, run: str, user: str) -> None:
        """Send the event to both rooms. They are named, as Frappe would take a task's open room where there is one."""
        try:
            for room in (get_doc_room(RUN, run), get_user_room(user)):
                frappe.publish_realtime(event, dict(payload), room=room)
        except (redis.RedisError, OSError) as error:
            logger.warning("run=%s %s not published: %s", run, event, error)
