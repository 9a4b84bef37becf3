"""The queue on Frappe's background workers. A ring is a job that carries nothing but the run's name."""

import frappe
import redis
from frappe.utils.background_jobs import get_queue

from imogi_finance.erpnext_adapter.settings import reconciliation_settings
from imogi_finance.errors import QueueUnavailable

JOB = "imogi_finance.bank_reconciliation.api.process_bulk_reconciliation"
JOB_TIMEOUT_SECONDS = 3600
_ANSWER_SECONDS = 1.0


class FrappeQueue:
    """See ``imogi_finance.batch.doors.Queue``.

    Args:
        name: the queue ("long"); by default what the settings say.
    """

    def __init__(self, name: str | None = None) -> None:
        self._name = name

    def ring(self, run: str) -> None:
        """Put a job into the queue, outside any transaction: the run's rows are committed."""
        messages = len(frappe.local.message_log)
        name = self._name or reconciliation_settings().queue
        try:
            check_answers()
            get_queue(name)
            frappe.enqueue(JOB, queue=name, timeout=JOB_TIMEOUT_SECONDS, run=run)
        except (redis.RedisError, OSError) as error:
            raise QueueUnavailable(f"Redis does not answer: {error}") from error
        except frappe.ValidationError as error:  # no such queue, or too many jobs in it
            del frappe.local.message_log[messages:]
            raise QueueUnavailable(f"The queue {name} takes no job: {error}") from error


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
