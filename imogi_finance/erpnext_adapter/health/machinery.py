"""What the runs need to go on: Redis, workers that listen, the scheduler. Asked of Redis in a second or not at all."""

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import frappe
import redis
from frappe.utils.background_jobs import generate_qname, get_queue, get_redis_conn
from frappe.utils.scheduler import is_scheduler_inactive
from rq import Queue, Worker
from rq.job import Job

from imogi_finance.erpnext_adapter.queue import JOB, STANDBY_JOB, check_answers
from imogi_finance.erpnext_adapter.settings import reconciliation_settings

SCHEDULED_QUEUE = "default"  # where Frappe puts the sweep and the daily check
_SWEEP = "imogi_finance.erpnext_adapter.sweeping.sweep"
_MOST_JOBS = 100


@dataclass(frozen=True)
class QueueState:
    """A queue of the bench.

    Args:
        waiting: jobs in it, of every site and app.
        oldest: seconds that the first of them has waited; 0 where none does.
        workers: living workers that listen to it.
        busy: how many of them work at something.
    """

    name: str
    waiting: int
    oldest: float
    workers: int
    busy: int


@dataclass(frozen=True)
class Ring:
    """A ring for a run of this site that no worker has heard yet."""

    run: str
    waits: float


@dataclass(frozen=True)
class Machinery:
    """How things stand.

    Args:
        redis_error: why Redis cannot be asked; None where it answers. The rest of what is in Redis is empty then.
        queues: the one that runs use, first, and the one that the sweep comes by.
        rings: those waiting, the oldest first, at most ``100``.
        at_work: the workers that work each run, as "host:pid".
        scheduler_off: why the scheduler does nothing on this site; None where it is on.
        sweep_stopped: whether the sweep alone was stopped, in its Scheduled Job Type.
    """

    redis_error: str | None
    queues: Sequence[QueueState]
    rings: Sequence[Ring]
    at_work: Mapping[str, Sequence[str]] = field(default_factory=dict)
    scheduler_off: str | None = None
    sweep_stopped: bool = False


def read(now: datetime) -> Machinery:
    """Ask Redis and the settings of the site.

    Args:
        now: this moment, with a time zone.
    """
    scheduler_off = _scheduler_off()
    stopped = frappe.db.sql("select 1 from `tabScheduled Job Type` where method = %s and stopped = 1", _SWEEP)
    try:
        check_answers()
        return Machinery(**_in_redis(now), redis_error=None, scheduler_off=scheduler_off, sweep_stopped=bool(stopped))
    except (redis.RedisError, OSError) as error:
        return Machinery(str(error), [], [], scheduler_off=scheduler_off, sweep_stopped=bool(stopped))


def _in_redis(now: datetime) -> dict[str, Any]:
    connection = get_redis_conn()
    workers = _living_workers(connection)
    name = reconciliation_settings().queue
    queues = {each: get_queue(each) for each in dict.fromkeys((name, SCHEDULED_QUEUE))}
    first = {each: Job.fetch_many(queue.get_job_ids(0, _MOST_JOBS), connection) for each, queue in queues.items()}
    rings = [Ring(run, _age(job, now)) for job in first[name] if job and (run := _run_of(job))]
    return {
        "queues": [_state(each, queue, first[each], workers, now) for each, queue in queues.items()],
        "rings": rings,
        "at_work": _at_work(workers),
    }


def _living_workers(connection: Any) -> list[tuple[Worker, Job | None]]:
    """Return the workers with the job that each works at."""
    workers = [(worker, worker.get_current_job_id()) for worker in Worker.all(connection) if _is_alive(worker)]
    ids = [job for _, job in workers if job]
    jobs = dict(zip(ids, Job.fetch_many(ids, connection), strict=True))
    return [(worker, jobs.get(job)) for worker, job in workers]


def _state(
    name: str, queue: Queue, jobs: Sequence[Job | None], workers: Sequence[tuple[Worker, Job | None]], now: datetime
) -> QueueState:
    listening = [job for worker, job in workers if generate_qname(name) in worker.queue_names()]
    oldest = next((_age(job, now) for job in jobs if job), 0.0)
    # who stands by leaves as soon as there is something to do
    busy = sum(job is not None and _method(job.kwargs) != STANDBY_JOB for job in listening)
    return QueueState(name, queue.count, oldest, len(listening), busy)


def _at_work(workers: Sequence[tuple[Worker, Job | None]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for worker, job in workers:
        if job and (run := _run_of(job)):
            found.setdefault(run, []).append(f"{worker.hostname}:{worker.pid}")
    return found


def _run_of(job: Job) -> str | None:
    """Return the run of this site that a job was put in for, if it was."""
    given = job.kwargs
    if given.get("site") != frappe.local.site or _method(given) != JOB:
        return None
    return str(given["kwargs"]["run"])


def _method(given: Mapping[str, Any]) -> str:
    method = given.get("method")
    return method if isinstance(method, str) else f"{method.__module__}.{method.__qualname__}" if method else ""


def _age(job: Job, now: datetime) -> float:
    if job.enqueued_at is None:
        return 0.0
    return max(0.0, (now.replace(tzinfo=None) - job.enqueued_at.replace(tzinfo=None)).total_seconds())


def _is_alive(worker: Worker) -> bool:
    """Whether a worker that Redis knows lives. A killed one stays there for minutes; of our own host we see more."""
    if worker.hostname != socket.gethostname() or not worker.pid:
        return True
    try:
        os.kill(worker.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it lives, as another user
        return True
    return True


def _scheduler_off() -> str | None:
    if not is_scheduler_inactive(verbose=False):
        return None
    for reason in ("maintenance_mode", "pause_scheduler", "disable_scheduler"):
        if frappe.local.conf.get(reason):
            return reason
    return "enable_scheduler"
