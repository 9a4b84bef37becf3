"""Ways to break the app on purpose: random sequences must find each of them, or they prove nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import frappe

_PATH = "imogi_finance.erpnext_adapter"
_EVENTS = "imogi_finance.events"


@contextmanager
def mutated(name: str) -> Iterator[None]:
    """Have the app broken in a way for the block; by the name of one of ``MUTATIONS``."""
    with ExitStack() as stack:
        for path, made in MUTATIONS[name].items():
            stack.enter_context(patch(path, made(frappe.get_attr(path))))
        yield


def _deaf_to_cancelled_lines(whole: Callable[..., Any]) -> Callable[..., Any]:
    def refresh(doc: Any, method: str) -> None:
        if method != "on_cancel":
            whole(doc, method)

    return refresh


def _returns_of_the_wrong_sign(whole: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *given: [(ref, payment, abs(amount)) for ref, payment, amount in whole(*given)]


def _journals_ignored(whole: Callable[..., Any]) -> Callable[..., Any]:
    def facts(ref: Any, row: Any, awaiting: Any) -> Any:
        [(paid,)] = frappe.db.sql(
            """select coalesce(abs(sum(debit_in_account_currency - credit_in_account_currency)), 0)
            from `tabJournal Entry Account` where reference_name = %s and docstatus = 1""",
            ref.name,
        )
        found = whole(ref, row, awaiting)
        return replace(found, outstanding=found.outstanding + Decimal(str(paid)))

    return facts


def _vouchers_left_out(whole: Callable[..., Any]) -> Callable[..., Any]:
    def allocate(transaction: Any, allocations: Any) -> None:
        own = [one for one in allocations if frappe.db.get_value("Payment Entry", one.voucher, "batch_run")]
        whole(transaction, own)

    return allocate


def _one_rule_for_all(whole: Callable[..., Any]) -> Callable[..., Any]:
    def rule_is_on(company: str) -> bool:
        return bool(whole("a company without a setting of its own"))

    return rule_is_on


def _no_drafts(whole: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *given, **how: {}


def _no_second_look(whole: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *given, **how: None


Broken = Callable[[Callable[..., Any]], Callable[..., Any]]
MUTATIONS: dict[str, dict[str, Broken]] = {
    "cancelled lines keep confirming": {f"{_EVENTS}.bank_transaction.refresh_payments": _deaf_to_cancelled_lines},
    "returns of the wrong sign": {f"{_PATH}.paid_status_books._allocations_to": _returns_of_the_wrong_sign},
    "journals ignored": {f"{_PATH}.invoice_facts._invoice_facts": _journals_ignored},
    "vouchers not allocated": {f"{_PATH}.books.statement.allocate": _vouchers_left_out},
    "one rule for all companies": {
        f"{_PATH}.paid_status_books.rule_is_on": _one_rule_for_all,
        f"{_EVENTS}.payment_entry.rule_is_on": _one_rule_for_all,
    },
    "drafts of orders overlooked": {f"{_PATH}.invoicing.reading._drafts": _no_drafts},
    "orders not looked at again": {f"{_PATH}.invoicing.making.check_order": _no_second_look},
}
