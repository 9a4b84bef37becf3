"""Events that wait for a commit, told in one message to Redis.

Each document that is saved tells whoever looks at it, and at its list, that it has changed: several events for each
document of a chunk, which Frappe sends after the commit, one message and one answer each. What is sent is the same
here.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import frappe
import redis
from frappe.realtime import clear_realtime_log, flush_realtime_log
from frappe.utils.background_jobs import get_redis_connection_without_auth

_AT_ONCE = 500


def told_together(callbacks: Sequence[Callable[[], Any]]) -> list[Callable[[], Any]]:
    """Return callbacks that do what these do, but tell all waiting events together where Frappe would one by one."""
    return [_tell if callback is flush_realtime_log else callback for callback in callbacks]


def _tell() -> None:
    events = list(getattr(frappe.local, "_realtime_log", ()))
    with suppress(redis.exceptions.ConnectionError):  # as Frappe does: nobody waits for an event
        for start in range(0, len(events), _AT_ONCE):
            pipeline = get_redis_connection_without_auth().pipeline(transaction=False)
            for event, message, room in events[start : start + _AT_ONCE]:
                told = {"event": event, "message": message, "room": room, "namespace": frappe.local.site}
                pipeline.publish("events", frappe.as_json(told))
            pipeline.execute()
    clear_realtime_log()
