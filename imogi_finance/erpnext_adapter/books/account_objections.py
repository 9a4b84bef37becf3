"""Whether the accounts that a payment posts to can be posted to."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import frappe

from imogi_finance.bank_reconciliation.documents import VOUCHER_TYPE, BankTransaction, Invoice
from imogi_finance.erpnext_adapter.books.permissions import readable
from imogi_finance.errors import Problem


def of_bank_account(transaction: BankTransaction) -> Iterator[Problem]:
    """Yield what speaks against the bank account of the statement: payments could not be allocated to it."""
    if not transaction.bank_account:
        yield Problem(
            transaction.document,
            "no_ledger_account",
            "Its bank account has no ledger account.",
            "Choose the company account in the Bank Account.",
        )
        return
    [account] = _accounts([transaction.bank_account])
    document = f"Account {account.name}"
    if account.account_type != "Bank":
        message = (
            f"It is of type {account.account_type or 'none'}, and only what moves on a Bank account is reconciled."
        )
        yield Problem(document, "not_a_bank_account", message, "Give it the account type Bank.")
    if account.account_currency != transaction.currency:
        message = f"It is in {account.account_currency}, the bank transaction in {transaction.currency}."
        yield Problem(document, "other_account_currency", message, "Correct the currency of the bank transaction.")
    if account.company != transaction.company:
        message = f"It belongs to {account.company}, the bank transaction to {transaction.company}."
        yield Problem(document, "other_company", message, "Correct the bank account or the company.")


def of_accounts(transaction: BankTransaction, invoices: Collection[Invoice]) -> Iterator[Problem]:
    """Yield what speaks against posting to the bank's account and the parties' accounts."""
    names = {transaction.bank_account, *(invoice.party_account for invoice in invoices)} - {""}
    usable = readable("Account", names, reference_doctype=VOUCHER_TYPE)
    for account in _accounts(names):
        document = f"Account {account.name}"
        if account.disabled:
            yield Problem(document, "account_disabled", "It is disabled.", "Enable it.")
        if account.is_group:
            yield Problem(
                document, "group_account", "It is a group, and takes no entries.", "Choose an account below it."
            )
        if account.freeze_account == "Yes" and not _may_post_to_frozen():
            remedy = "Have somebody with the role that may post to it do it, or unfreeze it."
            yield Problem(document, "account_frozen", "It is frozen.", remedy)
        if account.name not in usable:
            message = f"{frappe.session.user} may not use it in a {VOUCHER_TYPE}."
            yield Problem(document, "not_permitted", message, "Ask your administrator.")


def _may_post_to_frozen() -> bool:
    role = frappe.get_cached_value("Accounts Settings", None, "frozen_accounts_modifier")
    return bool(role) and role in frappe.get_roles()


def _accounts(names: Collection[str]) -> list[Any]:
    return frappe.db.sql(
        """select name, company, account_type, account_currency, disabled, is_group, freeze_account
        from `tabAccount` where name in %s order by name""",
        (tuple(names),),
        as_dict=True,
    )
