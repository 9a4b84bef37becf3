"""The shapes of the API's answers, as the page relies on them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

MAYBE_TEXT = (str, type(None))
MAYBE_NUMBER = (float, int, type(None))
DAY = "a day"
MOMENT = "a moment"
MAYBE_MOMENT = "a moment or null"

COMPANY = {
    "company": str,
    "currency": str,
    "exponent": int,
    "user": str,
    "threshold": int,
    "chunk_size": int,
    "party_chunk_size": int,
    "invoice_chunk_size": int,
    "customer_chunk_size": int,
    "queue": {"up": bool, "workers": int},
}
TRANSACTION = {
    "name": str,
    "date": DAY,
    "company": str,
    "description": str,
    "reference_number": str,
    "bank_account": str,
    "currency": str,
    "exponent": int,
    "direction": ("withdrawal", "deposit"),
    "amount": int,
    "allocated": int,
    "unallocated": int,
    "status": ("Unreconciled", "Reconciled", "Cancelled"),
    "live_run": MAYBE_TEXT,
}
MATCHED = {"doctype": ("Payment Entry",), "name": str, "party": str, "allocated": int}
INVOICE = {
    "doctype": ("Purchase Invoice", "Sales Invoice"),
    "name": str,
    "party": str,
    "posting_date": DAY,
    "due_date": DAY,
    "reference": str,
    "grand_total": int,
    "outstanding": int,
    "payable": int,
    "status": ("Unpaid", "Overdue", "Partly Paid", "Return"),
    "is_return": bool,
    "in_run": MAYBE_TEXT,
}
VOUCHER = {
    "doctype": ("Payment Entry",),
    "name": str,
    "party": str,
    "posting_date": DAY,
    "amount": int,
    "reference": str,
    "in_run": MAYBE_TEXT,
}
ITEM = {
    "position": int,
    "doctype": str,
    "name": str,
    "amount": int,
    "status": ("Pending", "Succeeded", "Failed", "Skipped", "Undone", "Undo Failed"),
    "attempt": int,
    "result": MAYBE_TEXT,
    "error": MAYBE_TEXT,
}
RUN = {
    "job_id": str,
    "kind": ("Bulk Reconciliation",),
    "policy": ("All or Nothing",),
    "title": str,
    "priority": int,
    "status": (
        "Pending",
        "Processing",
        "Undoing",
        "Completed",
        "Completed with Errors",
        "Failed",
        "Cancelled",
        "Needs Attention",
    ),
    "phase": ("waiting", "working", "finishing", "undoing", "ended"),
    "current": int,
    "total": int,
    "percentage": float,
    "processed": int,
    "succeeded": int,
    "failed": int,
    "undone": int,
    "message": str,
    "error": MAYBE_TEXT,
    "requested_by": str,
    "company": str,
    "bank_transaction": str,
    "amount": int,
    "currency": str,
    "exponent": int,
    "created_at": MOMENT,
    "started_at": MAYBE_MOMENT,
    "ended_at": MAYBE_MOMENT,
    "elapsed_seconds": float,
    "can_cancel": bool,
    "can_retry": bool,
    "cancel_requested": bool,
}
INVOICING_RUN = {
    **{name: shape for name, shape in RUN.items() if name != "bank_transaction"},
    "kind": ("Batch Invoicing",),
    "policy": ("Per Item",),
    "left_out": int,
    "can_resume": bool,
    "options": {
        "submit": bool,
        "update_stock": bool,
        "posting_date": DAY,
        "one_per_customer": bool,
        "only_delivered": bool,
        "leave_out_held": bool,
    },
}
ORDER = {
    "name": str,
    "company": str,
    "customer": str,
    "order_date": DAY,
    "delivery_date": DAY,
    "reference": str,
    "currency": str,
    "exponent": int,
    "grand_total": int,
    "unbilled": int,
    "delivered_unbilled": int,
    "status": ("To Deliver and Bill", "To Bill", "On Hold", "Closed"),
    "drafts": str,
    "in_run": MAYBE_TEXT,
}
PROBLEM = {"document": str, "rule": str, "message": str, "remedy": str}
JUDGEMENT = {
    "company": str,
    "orders": int,
    "ready": int,
    "amount": int,
    "currency": str,
    "exponent": int,
    "left_out": [PROBLEM],
    "left_out_total": int,
    "problems": [PROBLEM],
    "problems_total": int,
    "bad": int,
}
HISTORY = {
    "since": DAY,
    "days": [{"day": DAY, "runs": int, "succeeded": int, "failed": int}],
    "success_rate": MAYBE_NUMBER,
    "average_run_seconds": MAYBE_NUMBER,
    "average_item_seconds": MAYBE_NUMBER,
    "queue": {"pending": int, "processing": int, "oldest_waiting_seconds": MAYBE_NUMBER},
    "errors": [{"reason": str, "count": int, "example": str, "job_id": str}],
    "runs": [INVOICING_RUN],
}
STATUS = {**RUN, "failed_items": [ITEM], "failed_items_total": int}
INVOICING_STATUS = {**INVOICING_RUN, "failed_items": [ITEM], "failed_items_total": int}
ERROR = {"error": {"message": str, "problems": [PROBLEM]}}


def faults(value: Any, shape: Any, at: str = "answer") -> list[str]:
    """Return how a value differs from a shape: a type, types, allowed texts, or a mapping or list of shapes.

    An answer may have more fields than its shape.
    """
    if isinstance(shape, Mapping):
        if not isinstance(value, dict):
            return [f"{at} is no object: {value!r:.80}"]
        missing = [f"{at}.{name} is missing" for name in shape if name not in value]
        return missing + [
            fault for name in shape if name in value for fault in faults(value[name], shape[name], f"{at}.{name}")
        ]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{at} is no list: {value!r:.80}"]
        return [fault for number, one in enumerate(value) for fault in faults(one, shape[0], f"{at}[{number}]")]
    return [] if _fits(value, shape) else [f"{at} is {value!r:.80}, not {shape}"]


def _fits(value: Any, shape: Any) -> bool:
    if shape == DAY:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    if shape == MAYBE_MOMENT and value is None:
        return True
    if shape in (MOMENT, MAYBE_MOMENT):
        return isinstance(value, str) and datetime.fromisoformat(value).utcoffset() is not None
    if isinstance(shape, tuple):
        return value in shape if isinstance(shape[0], str) else type(value) in shape
    if shape is float:
        return type(value) in (int, float)
    return type(value) is shape
