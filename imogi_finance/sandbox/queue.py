"""The queue on RQ. A ring is a job that carries nothing but the home and the run's name."""

from __future__ import annotations

import redis
import rq

from imogi_finance.errors import QueueUnavailable
from imogi_finance.sandbox import redis_server
from imogi_finance.sandbox.home import Home

QUEUE = "imogi-finance"
JOB = "imogi_finance.sandbox.workers.job.work_run"
JOB_TIMEOUT_SECONDS = 3600
_KEEP_FAILED_SECONDS = 24 * 3600


class RqQueue:
    """See ``imogi_finance.batch.doors.Queue``."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def invite(self, *, last: bool = False) -> None:
        """Ask nobody: the supervisor looks after dead workers' runs each second."""

    def ring(self, run: str, *, urgently: bool = False) -> None:
        connection = redis_server.connect(self._home)
        try:
            rq.Queue(QUEUE, connection=connection).enqueue(
                JOB,
                str(self._home.path),
                run,
                job_timeout=JOB_TIMEOUT_SECONDS,
                result_ttl=0,
                failure_ttl=_KEEP_FAILED_SECONDS,
                description=f"work {run}",
                at_front=urgently,
            )
        except (redis.RedisError, OSError) as error:
            raise QueueUnavailable(f"Redis does not answer: {error}") from error
        finally:
            connection.close()


def count_workers(home: Home) -> int | None:
    """Return how many workers listen to the queue; None where Redis does not answer."""
    connection = redis_server.connect(home)
    try:
        return int(rq.Worker.count(connection=connection))
    except (redis.RedisError, OSError):
        return None
    finally:
        connection.close()
