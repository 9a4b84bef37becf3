"""The queue on Frappe's background workers. A ring is a job that carries nothing but the run's name.

The jobs are put together here: ``frappe.enqueue`` has no word for RQ putting back a job whose horse was killed.
"""

from typing import Any
from uuid import uuid4

import frappe
import redis
from frappe.utils import cint
from frappe.utils.background_jobs import (
    RQ_JOB_FAILURE_TTL,
    RQ_RESULTS_TTL,
    create_job_id,
    execute_job,
    get_queue,
    truncate_failed_registry,
)
from rq import Callback, Retry, get_current_job

from imogi_finance.erpnext_adapter import standby_place
from imogi_finance.erpnext_adapter.settings import reconciliation_settings
from imogi_finance.errors import QueueUnavailable

JOB = "imogi_finance.erpnext_adapter.jobs.work_run"
STANDBY_JOB = "imogi_finance.erpnext_adapter.jobs.stand_by"
JOB_TIMEOUT_SECONDS = 3600
# More than the engine takes to give up an item that kills its worker each time.
_DEATHS_SURVIVED = 20
_ANSWER_SECONDS = 1.0


class FrappeQueue:
    """See ``imogi_finance.batch.doors.Queue``.

    Args:
        name: the queue ("long"); by default what the settings say.
        user: in whose name the jobs begin; by default who rings. What a run does is done in its own user's name.
    """

    def __init__(self, name: str | None = None, user: str | None = None) -> None:
        self._name = name
        self._user = user

    def ring(self, run: str, *, urgently: bool = False) -> None:
        """Put a job into the queue, outside any transaction: the run's rows are committed."""
        self._put(JOB, f"Batch Run {run}", {"run": run}, str(uuid4()), at_front=urgently, into=self._queue_name)

    def invite(self, *, last: bool = False) -> None:
        """Put a job into the queue that stands by, unless one waits there already or has been taken lately.

        A worker empties its queues in their order. So what is to come last waits in the last of them.
        """
        name = (standby_place.last_queue() if last else None) or self._queue_name
        try:
            check_answers()
            if standby_place.wants_nobody(get_queue(name)):
                return
        except (redis.RedisError, OSError) as error:
            raise QueueUnavailable(f"Redis does not answer: {error}") from error
        self._put(STANDBY_JOB, "Batch Run: stand by", {}, standby_place.new_job_id(), into=name)

    @property
    def _queue_name(self) -> str:
        return self._name or reconciliation_settings().queue

    def _put(
        self, method: str, title: str, kwargs: dict[str, Any], job_id: str, *, into: str, at_front: bool = False
    ) -> None:
        messages = len(frappe.local.message_log)
        name = into
        try:
            check_answers()
            queue = get_queue(name)
            most = cint(frappe.conf.max_queued_jobs)
            if most and queue.count >= most:
                raise QueueUnavailable(f"The queue {name} takes no job: {most} are waiting in it")
            queue.enqueue_call(
                execute_job,
                kwargs={
                    "site": frappe.local.site,
                    "user": self._user or frappe.session.user,
                    "method": method,
                    "event": None,
                    "job_name": title,
                    "is_async": True,
                    "kwargs": kwargs,
                },
                timeout=JOB_TIMEOUT_SECONDS,
                at_front=at_front,
                retry=Retry(max=_DEATHS_SURVIVED),
                on_failure=Callback(func=truncate_failed_registry),
                failure_ttl=frappe.conf.get("rq_job_failure_ttl") or RQ_JOB_FAILURE_TTL,
                result_ttl=frappe.conf.get("rq_results_ttl") or RQ_RESULTS_TTL,
                job_id=create_job_id(job_id),
            )
        except (redis.RedisError, OSError) as error:
            raise QueueUnavailable(f"Redis does not answer: {error}") from error
        except frappe.ValidationError as error:  # no such queue
            del frappe.local.message_log[messages:]
            raise QueueUnavailable(f"The queue {name} takes no job: {error}") from error


def end_with_this_try() -> None:
    """Have RQ not put this process's job back: it ends by an error, which the next try would meet as well."""
    job = get_current_job()
    if job is not None:
        job.retries_left = None


def check_answers() -> None:
    """Ask Redis for a sign of life: Frappe would try for five seconds, and the caller may be a web request."""
    if frappe.conf.redis_queue_sentinel_enabled:
        return
    connection = redis.from_url(
        frappe.conf.redis_queue, socket_timeout=_ANSWER_SECONDS, socket_connect_timeout=_ANSWER_SECONDS
    )
    try:
        connection.ping()
    except redis.AuthenticationError:
        return  # it answers; Frappe has the password
    finally:
        connection.close()
