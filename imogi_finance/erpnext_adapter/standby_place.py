"""The one place of a site where an idle worker stands by: a key of the queue's Redis that lapses by itself.

It is kept there and not in the database, since it only matters to workers of that Redis, changes each second, and may
be lost with it: then the one who stands by takes it again.
"""

import logging
import os
import socket
import time
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import frappe
import redis
from frappe.utils import get_bench_id
from frappe.utils.background_jobs import generate_qname, get_queue_list, get_redis_conn

from imogi_finance.batch.holder import is_gone

logger = logging.getLogger(__name__)
_INVITATION = "imogi-stand-by-"  # begins the ids of the jobs that stand by
_ANSWER_SECONDS = 1.0
_ASK_SECONDS = 1.0
_HELD_SECONDS = 5
_SPARE_SECONDS = 10
_SWEPT_SECONDS = 5


class RedisStandbyPlace:
    """See ``imogi_finance.batch.doors.StandbyPlace``. Cheap to make: it connects when it is first used."""

    _ask_again = 0.0

    @cached_property
    def _connection(self) -> Any:
        """A connection that waits a second at most: a Redis that hangs must not keep the one who stands by."""
        known = get_redis_conn()
        pool = known.connection_pool
        if type(pool) is not redis.ConnectionPool:  # a sentinel's, with waits of its own
            return known
        waits = {"socket_timeout": _ANSWER_SECONDS, "socket_connect_timeout": _ANSWER_SECONDS}
        own = redis.ConnectionPool(pool.connection_class, **{**pool.connection_kwargs, **waits})
        return redis.Redis(connection_pool=own)

    def take(self, holder: str) -> bool:
        """Take the place, or keep it; without Redis nobody else could."""
        key = _key("stand-by")
        try:
            connection = self._connection
            if connection.set(key, holder, nx=True, ex=_HELD_SECONDS):
                return True
            found = (connection.get(key) or b"").decode()
            if found != holder and not is_gone(found):
                return False
            connection.set(key, holder, ex=_HELD_SECONDS)
        except (redis.RedisError, OSError) as error:
            logger.info("standing by without Redis: %s", error)
        return True

    def leave(self, holder: str) -> None:
        """Give the place up; without Redis it lapses."""
        key = _key("stand-by")
        try:
            connection = self._connection
            if (connection.get(key) or b"").decode() == holder:
                connection.delete(key)
        except (redis.RedisError, OSError) as error:
            logger.info("the place to stand by was not given up, and lapses: %s", error)

    def is_asked_to_stop(self) -> bool:
        """Whether this process belongs to a worker that is asked to end, as when a bench is restarted.

        Redis is asked each second at most, and after it has not answered only some time later.
        """
        worker, now = os.environ.get("RQ_WORKER_ID"), time.monotonic()
        if worker is None or now < self._ask_again:
            return False
        self._ask_again = now + _ASK_SECONDS
        try:
            return bool(self._connection.hexists(f"rq:worker:{worker}", "shutdown_requested_date"))
        except (redis.RedisError, OSError) as error:
            logger.info("Redis does not say whether to stop: %s", error)
            self._ask_again = now + _ASK_SECONDS * 20
            return False

    def is_wanted_elsewhere(self) -> bool:
        """Whether a job waits for this worker, or it is asked to stop; without Redis neither can be."""
        worker = f"rq:worker:{os.environ.get('RQ_WORKER_ID')}"
        try:
            connection = self._connection
            listens, stops = connection.hmget(worker, "queues", "shutdown_requested_date")
            if stops is not None:
                return True
            names = listens.decode().split(",") if listens else map(generate_qname, get_queue_list())
            return any(_waiting(connection, name, invitations=False) for name in names)
        except (redis.RedisError, OSError) as error:
            logger.info("standing by without Redis: %s", error)
            return False


def wants_nobody(queue: Any) -> bool:
    """Whether to ask nobody to stand by: somebody is asked already, or stands by and another who is idle could.

    Where every worker is at something, one more job waits in the queue, though somebody stands by: should all of them
    die, it is there for the first one that starts again. Where one is idle it would be taken at once, again and again.

    Args:
        queue: RQ's queue.

    Raises:
        redis.RedisError, OSError: Redis does not answer.
    """
    connection = queue.connection
    if _waiting(connection, queue.name, invitations=True):
        return True
    if not _stands_anybody_by(connection):
        return False
    # A worker that outlived the loss of Redis is idle and not known to it: it is asked now and then, not all the time.
    return _is_anybody_idle(connection, queue.name) or not connection.set(_key("spare"), 1, nx=True, ex=_SPARE_SECONDS)


def last_queue() -> str | None:
    """Return which of its queues this process's worker empties last ("short"); None where it is no worker's."""
    worker = os.environ.get("RQ_WORKER_ID")
    try:
        listens = get_redis_conn().hget(f"rq:worker:{worker}", "queues") if worker else None
    except (redis.RedisError, OSError) as error:
        logger.info("Redis does not say to which queues this worker listens: %s", error)
        return None
    last: str = listens.decode().split(",")[-1] if listens else ""
    return last.rpartition(":")[2] or None


def sweep_is_due() -> bool:
    """Whether to sweep now: nobody stands by, who looks oftener, and nobody has swept some seconds ago.

    Raises:
        redis.RedisError, OSError: Redis does not answer, so nobody could be rung for either.
    """
    connection = get_redis_conn()
    if _stands_anybody_by(connection):
        return False
    return bool(connection.set(_key("swept"), 1, nx=True, ex=_SWEPT_SECONDS))


def new_job_id() -> str:
    """Return an id for a job that stands by, by which it is told from the jobs of others."""
    return f"{_INVITATION}{uuid4()}"


def _stands_anybody_by(connection: Any) -> bool:
    """Whether somebody has the place: not one known to have died in it, whose key has yet to lapse."""
    holder = connection.get(_key("stand-by"))
    return holder is not None and not is_gone(holder.decode())


def _waiting(connection: Any, queue: str, *, invitations: bool) -> bool:
    """Whether a queue holds a job that stands by, or one that does not."""
    mark = _INVITATION.encode()
    return any((mark in job_id) is invitations for job_id in connection.lrange(f"rq:queue:{queue}", 0, -1))


def _is_anybody_idle(connection: Any, queue: str) -> bool:
    """Whether a worker of the queue waits for a job, and is not one of this machine that has died at it."""
    for worker in connection.smembers(f"rq:workers:{queue}"):
        state, host, pid = connection.hmget(worker, "state", "hostname", "pid")
        if state == b"idle" and not (host == socket.gethostname().encode() and not Path(f"/proc/{int(pid)}").exists()):
            return True
    return False


def _key(name: str) -> str:
    """Return a key of this site; those that a bench's own Redis user may touch begin with "rq:"."""
    return f"rq:imogi-finance:{get_bench_id()}:{frappe.local.site}:{name}"
