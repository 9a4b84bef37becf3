"""Bank payments that wait for the bank statement: how much of each it covers, on any date. Reads only.

A payment's amount is what its ledger rows move on its bank account, which is what ERPNext lets a bank transaction
allocate; covered is what submitted bank transactions of that account allocate to it. Amounts are major units in the
bank account's currency unless they say base: those are in the company's.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import frappe
from frappe.permissions import get_user_permissions
from frappe.utils import getdate

from imogi_finance.erpnext_adapter.settings import bank_clearance_confirms

_NAMES_AT_ONCE = 2_000
_PRECISION = 9  # of the stored amounts
_FIELDS = (
    "name",
    "posting_date",
    "payment_type",
    "party_type",
    "party",
    "party_name",
    "paid_from",
    "paid_to",
    "paid_from_account_currency",
    "paid_to_account_currency",
    "bank_account",
    "reference_no",
    "reference_date",
    "clearance_date",
    "awaiting_bank_reconciliation",
)


@dataclass(frozen=True)
class AwaitingPayment:
    """One payment that waits on a date.

    Args:
        account: ledger account of type Bank whose statement is awaited.
        bank_account: the Bank Account document of that ledger account; None where there is none, so that no
            statement can be entered for it.
        amount, covered, awaited: in ``currency``, the ledger account's.
        base_amount, base_awaited: the same in the company's currency, at the payment's own rate.
        days: from the posting date to the date asked about.
        invoices: what the payment pays, as doctype and name.
    """

    name: str
    posting_date: date
    payment_type: str
    party_type: str
    party: str
    party_name: str
    account: str
    bank_account: str | None
    currency: str
    amount: float
    covered: float
    awaited: float
    base_amount: float
    base_awaited: float
    days: int
    reference_no: str | None
    reference_date: date | None
    invoices: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Coverage:
    """How much of one payment the bank statement covers, and by which bank transactions."""

    amount: float
    covered: float
    currency: str
    transactions: tuple[str, ...]

    @property
    def awaited(self) -> float:
        return max(round(self.amount - self.covered, _PRECISION), 0.0)


def awaiting_payments(
    *,
    company: str,
    as_on: date,
    bank_account: str | None = None,
    party_type: str | None = None,
    parties: Sequence[str] = (),
    naming_invoices: bool = True,
) -> list[AwaitingPayment]:
    """Return the payments that wait for the bank on a date, the longest first, that the user may read.

    On a date in the past these are also the payments that bank transactions of a later date have confirmed since.

    Args:
        company: whose payments.
        as_on: statement lines and payments after this date do not count.
        bank_account: Bank Account document; only the payments of its ledger account.
        party_type: only payments of such parties, "Supplier" or "Customer", say.
        parties: only payments of these.
        naming_invoices: whether to read ``invoices`` too; they are empty otherwise.

    Raises:
        frappe.PermissionError: the user may not read Payment Entry.
    """
    filters: list[list[Any]] = [["docstatus", "=", 1], ["company", "=", company], ["posting_date", "<=", as_on]]
    if party_type:
        filters.append(["party_type", "=", party_type])
    if parties:
        filters.append(["party", "in", list(parties)])
    found = [row for row in _candidates(filters, as_on) if row.payment_type in ("Pay", "Receive")]
    banks = _Banks(company)
    found = [row for row in found if banks.may_read(row) and bank_account in (None, banks.of(row))]
    names = [row.name for row in found]
    amounts = _ledger_amounts(names, sorted({_account(row) for row in found}))
    covered = _allocations(names, as_on)
    invoices = _references(names if naming_invoices else [])
    made = (
        _payment(
            row, banks, amounts[row.name, _account(row)], covered[row.name, _account(row)], invoices[row.name], as_on
        )
        for row in found
    )
    cleared_counts = bank_clearance_confirms()
    awaited = [
        payment
        for payment, row in zip(made, found, strict=True)
        if row.awaiting_bank_reconciliation or _waited(payment, row, as_on, cleared_counts)
    ]
    return sorted(awaited, key=lambda payment: (payment.posting_date, payment.name))


def coverage(payment_entry: str) -> Coverage:
    """Return how much of a payment the bank statement covers now. The caller checks who may read it."""
    row = frappe.db.get_value("Payment Entry", payment_entry, _FIELDS, as_dict=True)
    account = _account(row)
    amount, _base = _ledger_amounts([payment_entry], [account])[payment_entry, account]
    rows = frappe.db.sql(
        f"select t.name, p.allocated_amount {_FROM_ALLOCATIONS} and b.account = %(account)s order by t.date, t.name",
        {"names": (payment_entry,), "account": account},
        as_dict=True,
    )
    return Coverage(
        amount=amount,
        covered=round(sum(found.allocated_amount for found in rows), _PRECISION),
        currency=_currency(row),
        transactions=tuple(dict.fromkeys(found.name for found in rows)),
    )


def waiting_for(doctype: str, invoice: str) -> list[dict[str, Any]]:
    """Return the payments of an invoice that wait for the bank, that the user may read; the oldest first.

    Returns:
        For each: ``name``, ``posting_date``, ``allocated_amount`` (in the currency of the invoice's party account) and
        ``bank_account`` or, where there is none, the ledger ``account``.
    """
    allocated: dict[str, float] = defaultdict(float)
    for name, amount in frappe.db.sql(
        """select parent, allocated_amount from `tabPayment Entry Reference`
        where reference_doctype = %s and reference_name = %s and docstatus = 1""",
        (doctype, invoice),
    ):
        allocated[name] += amount
    if not allocated or not frappe.has_permission("Payment Entry", "read"):
        return []
    filters = {"name": ("in", list(allocated)), "docstatus": 1, "awaiting_bank_reconciliation": 1}
    rows = frappe.get_list(
        "Payment Entry", filters=filters, fields=[*_FIELDS, "company"], order_by="posting_date, name"
    )
    banks = _Banks(rows[0].company) if rows else None
    return [
        {
            "name": row.name,
            "posting_date": row.posting_date,
            "allocated_amount": round(allocated[row.name], _PRECISION),
            "account": _account(row),
            "bank_account": banks and banks.of(row),
        }
        for row in rows
    ]


_FROM_ALLOCATIONS = """from `tabBank Transaction Payments` p
    inner join `tabBank Transaction` t on t.name = p.parent
    inner join `tabBank Account` b on b.name = t.bank_account
    where p.payment_document = 'Payment Entry' and p.payment_entry in %(names)s and t.docstatus = 1"""


class _Banks:
    """The bank accounts of a company: by ledger account, and which of them the user may see."""

    def __init__(self, company: str) -> None:
        rows = frappe.get_all(
            "Bank Account", filters={"company": company, "is_company_account": 1}, fields=["name", "account"]
        )
        self._by_account = {row.account: row.name for row in rows if row.account}
        granted = get_user_permissions(frappe.session.user).get("Bank Account", [])
        granted = [one for one in granted if one.get("applicable_for") in (None, "", "Payment Entry")]
        self._permitted = {one.get("doc") for one in granted} if granted else None

    def of(self, row: Any) -> str | None:
        """Return the Bank Account of the payment's bank-side ledger account."""
        return self._by_account.get(_account(row))

    def may_read(self, row: Any) -> bool:
        """Whether user permissions on Bank Account let the payment be seen, though it may not name one itself."""
        return self._permitted is None or self.of(row) in self._permitted


def _candidates(filters: list[list[Any]], as_on: date) -> list[Any]:
    """Return what waits now and, for a date in the past, what was confirmed after it."""
    fields = list(_FIELDS)
    found = frappe.get_list(
        "Payment Entry",
        filters=[*filters, ["awaiting_bank_reconciliation", "=", 1]],
        fields=fields,
        limit_page_length=0,
    )
    if as_on >= getdate():
        return list(found)
    for names in _slices(_confirmed_after(as_on)):
        found += frappe.get_list(
            "Payment Entry",
            filters=[
                *filters,
                ["awaiting_bank_reconciliation", "=", 0],
                ["follows_bank_statement", "=", 1],
                ["name", "in", names],
            ],
            fields=fields,
            limit_page_length=0,
        )
    return list(found)


def _confirmed_after(as_on: date) -> list[str]:
    """Return the names of payments that a later statement line, or clearance where that counts, may have confirmed."""
    rows = frappe.db.sql(
        """select distinct p.payment_entry from `tabBank Transaction` t
        inner join `tabBank Transaction Payments` p on p.parent = t.name
        where t.docstatus = 1 and t.date > %s and p.payment_document = 'Payment Entry'""",
        as_on,
    )
    found = {name for (name,) in rows}
    if bank_clearance_confirms():
        later = {"clearance_date": (">", as_on), "docstatus": 1, "follows_bank_statement": 1}
        found.update(frappe.get_all("Payment Entry", filters=later, pluck="name"))
    return sorted(found)


def _ledger_amounts(names: Sequence[str], accounts: Sequence[str]) -> dict[tuple[str, str], tuple[float, float]]:
    """Return what payments move on ledger accounts, in their currency and the company's, by payment and account."""
    found: dict[tuple[str, str], tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    for some in _slices(names):
        for name, account, amount, base in frappe.db.sql(
            """select voucher_no, account, abs(sum(debit_in_account_currency - credit_in_account_currency)),
                abs(sum(debit - credit))
            from `tabGL Entry` where voucher_type = 'Payment Entry' and voucher_no in %(names)s
                and account in %(accounts)s and is_cancelled = 0
            group by voucher_no, account""",
            {"names": tuple(some), "accounts": tuple(accounts)},
        ):
            found[name, account] = (amount, base)
    return found


def _allocations(names: Sequence[str], as_on: date) -> dict[tuple[str, str], float]:
    """Return what bank transactions up to a date allocate, by payment and ledger account."""
    found: dict[tuple[str, str], float] = defaultdict(float)
    for some in _slices(names):
        for name, account, amount in frappe.db.sql(
            f"""select p.payment_entry, b.account, sum(p.allocated_amount) {_FROM_ALLOCATIONS} and t.date <= %(as_on)s
            group by p.payment_entry, b.account""",
            {"names": tuple(some), "as_on": as_on},
        ):
            found[name, account] = amount
    return found


def _references(names: Sequence[str]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the documents each payment pays, once each, in the payment's order."""
    found: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    for some in _slices(names):
        for name, doctype, reference in frappe.db.sql(
            """select parent, reference_doctype, reference_name from `tabPayment Entry Reference`
            where parenttype = 'Payment Entry' and parent in %(names)s order by parent, idx""",
            {"names": tuple(some)},
        ):
            found[name][doctype, reference] = None
    return defaultdict(tuple, {name: tuple(references) for name, references in found.items()})


def _payment(
    row: Any,
    banks: _Banks,
    amounts: tuple[float, float],
    covered: float,
    invoices: tuple[tuple[str, str], ...],
    as_on: date,
) -> AwaitingPayment:
    amount, base = amounts
    awaited = max(round(amount - covered, _PRECISION), 0.0)
    return AwaitingPayment(
        name=row.name,
        posting_date=row.posting_date,
        payment_type=row.payment_type,
        party_type=row.party_type or "",
        party=row.party or "",
        party_name=row.party_name or row.party or "",
        account=_account(row),
        bank_account=banks.of(row),
        currency=_currency(row),
        amount=amount,
        covered=covered,
        awaited=awaited,
        base_amount=base,
        base_awaited=round(base * awaited / amount, _PRECISION) if amount else 0.0,
        days=(as_on - row.posting_date).days,
        reference_no=row.reference_no,
        reference_date=row.reference_date,
        invoices=invoices,
    )


def _waited(payment: AwaitingPayment, row: Any, as_on: date, cleared_counts: bool) -> bool:
    """Whether a payment that is confirmed now was not yet on the date."""
    cleared = cleared_counts and row.clearance_date and row.clearance_date <= as_on
    return payment.awaited > 0 and not cleared


def _account(row: Any) -> str:
    return str(row.paid_from if row.payment_type == "Pay" else row.paid_to)


def _currency(row: Any) -> str:
    return str(row.paid_from_account_currency if row.payment_type == "Pay" else row.paid_to_account_currency)


def _slices(names: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), _NAMES_AT_ONCE):
        yield list(names[start : start + _NAMES_AT_ONCE])
