"""How each whitelisted function is called about the documents of a company, and about documents that do not exist."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.bench.proof.security.client import Answer

Names = Mapping[str, Any]
MISSING: Names = {
    "transaction": "ACC-BTN-2026-09999",
    "run_transaction": "ACC-BTN-2026-09998",
    "unpaid": "ACC-PINV-2026-09999",
    "payment": "ACC-PAY-2026-09999",
    "run": "RUN-09999",
    "order": "SAL-ORD-2026-09999",
    "order_run": "RUN-09998",
    "company": "Missing Company",
    "request": "ER-2026-009999",
    "branch_request": "BER-2026-09999",
    "supplier": "Secret Supplier Z",
}
CREATE = "bank_reconciliation.api.create_payment_entries_bulk"
CREATE_INVOICES = "batch_invoicing.api.create_invoices_bulk"
CHECK_INVOICES = "batch_invoicing.api.check_invoices_bulk"
INVOICE, TRANSACTION = "Purchase Invoice", "Bank Transaction"

_OF_A_RUN = ("status", "items", "cancel", "retry")
# By row of the table, one or more ways to call it that change nothing: what is permitted is refused for its own sake
# (an amount above the transaction's, an order on hold, a run that has ended, a request that nobody approved).
CALLS: dict[str, tuple[Callable[[Names], dict[str, Any]], ...]] = {
    CREATE: (
        lambda of: {
            "bank_transaction_name": of["transaction"],
            "invoices": [{"doctype": INVOICE, "name": of["unpaid"], "amount": 999_999}],
        },
    ),
    "bank_reconciliation.api.unpaid_invoices": (lambda of: {"bank_transaction_name": of["transaction"]},),
    "bank_reconciliation.api.open_vouchers": (lambda of: {"bank_transaction_name": of["transaction"]},),
    CREATE_INVOICES: (lambda of: {"sales_orders": [of["order"]]},),
    CHECK_INVOICES: (lambda of: {"sales_orders": [of["order"]]},),
    "batch_invoicing.api.history": (lambda of: {"company": of["company"]},),
    "batch.api.status": (lambda of: {"job_id": of["run"]},),
    **{f"batch.api.{call} of orders": (lambda of: {"job_id": of["order_run"]},) for call in _OF_A_RUN},
    "batch.api.items": (lambda of: {"job_id": of["run"]},),
    "batch.api.runs": (lambda of: {"reference_doctype": TRANSACTION, "reference_name": of["run_transaction"]},),
    "batch.api.cancel": (lambda of: {"job_id": of["run"]},),
    "batch.api.retry": (lambda of: {"job_id": of["run"]},),
    "erpnext_adapter.searching.find": (lambda of: {"doctype": "Batch Run", "txt": of["run"]},),
    "imogi_finance.api.payment_coverage": (lambda of: {"payment_entry": of["payment"]},),
    "imogi_finance.api.waiting_payments": (lambda of: {"doctype": INVOICE, "name": of["unpaid"]},),
    "imogi_finance.api.awaiting_count": (lambda of: {},),
    "imogi_finance.api.awaiting_amount": (lambda of: {},),
    "expense_requests.api.create_purchase_invoice": (
        lambda of: {"doctype": "Expense Request", "name": of["request"]},
        lambda of: {"doctype": "Branch Expense Request", "name": of["branch_request"], "supplier": of["supplier"]},
    ),
    "expense_requests.api.linked_documents": (
        lambda of: {"doctype": "Expense Request", "name": of["request"]},
        lambda of: {"doctype": "Branch Expense Request", "name": of["branch_request"]},
    ),
    "imogi_finance.page.batch_health.batch_health.health": (lambda of: {},),
    "expense_requests.api.supplier_currency": (lambda of: {"supplier": of["supplier"]},),
}

_ERROR_NUMBER = re.compile(r'__frappe_exc_id(\\*)": (\\*)"[0-9a-f]+')
_DEBUG = ("exception", "exc", "_exc_source", "_debug_messages")  # tracebacks, which a bench in production may show too


def without_names(answer: Answer, of: Names) -> str:
    """Return an answer with the document's names taken out, to compare it with that about another document."""
    told = {name: value for name, value in answer.json.items() if name not in _DEBUG}
    text = _ERROR_NUMBER.sub("", json.dumps(told, sort_keys=True) if told else answer.text)
    for key in sorted(MISSING, key=lambda key: -len(str(of[key]))):
        text = text.replace(str(of[key]), f"<{key}>")
    return text
