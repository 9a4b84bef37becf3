"""What the paid-status rule reads in ERPNext's books: set-based SQL in the caller's transaction.

A transaction of the Desk reads a snapshot (REPEATABLE READ), which may be older than what another one has committed.
So what decides is read under a lock, which always sees the newest rows: payments, then bank allocations, then invoices,
each by name and in the order of the names. Locks are taken on single rows, never on ranges: a lock on a range would let
two users who work on different documents wait for each other.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import frappe
from frappe.utils import flt, nowdate

from imogi_finance.erpnext_adapter.invoice_facts import (
    Awaiting,
    by_doctype,
    changed_meanwhile,
    facts_of,
    invoice_rows,
    select,
)
from imogi_finance.erpnext_adapter.paid_status_writing import PaidStatusWriting
from imogi_finance.erpnext_adapter.settings import bank_clearance_confirms, rule_is_on
from imogi_finance.money import ZERO
from imogi_finance.paid_status.doors import InvoiceRef
from imogi_finance.paid_status.rule import Channel, InvoiceFacts, PaymentFacts, channel

INVOICES = ("Purchase Invoice", "Sales Invoice")
_CENT = 0.005
_Allocation = tuple[InvoiceRef, str, Decimal]  # invoice, payment, in the currency of the invoice's party account
_COMPANY_SIDE = {"Pay": "paid_from", "Receive": "paid_to"}


class ERPNextPaidStatusBooks(PaidStatusWriting):
    """See ``imogi_finance.paid_status.doors.PaidStatusBooks``.

    A payment is left alone unless ``follows_bank_statement`` was set when it was submitted.

    Args:
        locking: whether what is read is locked until the transaction ends; False for a look that writes nothing.
    """

    def __init__(self, *, locking: bool = True) -> None:
        self._for_update = "for update" if locking else ""
        self._shared = "lock in share mode" if locking else ""

    def today(self) -> date:
        return date.fromisoformat(nowdate())

    # payments

    def lock_payments(self, payments: Collection[str]) -> None:
        """Let whoever else changes these payments, or allocates to them, wait until this transaction ends."""
        self._payments(payments, "name")

    def awaiting_flags(self, payments: Collection[str]) -> Mapping[str, bool]:
        rows = self._payments(payments, "name, awaiting_bank_reconciliation")
        return {row.name: bool(row.awaiting_bank_reconciliation) for row in rows}

    def payment_facts(self, payments: Collection[str]) -> Mapping[str, PaymentFacts]:
        rows = self._payments(
            payments,
            "name, docstatus, company, payment_type, paid_from, paid_to, paid_amount, received_amount, clearance_date,"
            " follows_bank_statement, total_allocated_amount",
        )
        following = [row for row in rows if row.docstatus < 2 and row.follows_bank_statement]
        names = [row.name for row in following]
        moved, covered = _bank_amounts(names), self._allocations(names)
        referencing = {row.parent for row in self._references(following) if _is_invoice(row)}
        followed = {company: rule_is_on(company) for company in {row.company for row in following}}
        cleared_counts = any(row.clearance_date for row in rows) and bank_clearance_confirms()
        facts = {}
        for row in rows:
            account = row.get(_COMPANY_SIDE.get(row.payment_type, ""))
            # While ERPNext posts a ledger anew there are no rows of it for a moment: the document says the same.
            amount = moved.get((row.name, account)) or _amount(
                row.paid_amount if row.payment_type == "Pay" else row.received_amount, account
            )
            allocated = covered.get((row.name, account), ZERO)
            if row.clearance_date and cleared_counts:
                allocated = max(allocated, amount)
            facts[row.name] = PaymentFacts(
                name=row.name,
                docstatus=row.docstatus,
                channel=payment_channel(row),
                references_invoice=row.name in referencing,
                bank_amount=amount,
                allocated=allocated,
                rule_on=bool(row.follows_bank_statement) and followed.get(row.company, False),
            )
        return facts

    def _payments(self, payments: Collection[str], columns: str) -> list[Any]:
        if not payments:
            return []
        return select(
            f"select {columns} from `tabPayment Entry` where name in %(names)s order by name {self._for_update}",
            names=payments,
        )

    def _allocations(self, payments: Collection[str]) -> Mapping[tuple[str, str], Decimal]:
        """Sum what submitted bank transactions allocate, by payment and ledger account of the bank account."""
        if not payments:
            return {}
        found = {
            row.name: (row.payment_entry, row.account)
            for row in select(
                """select p.name, p.payment_entry, b.account from `tabBank Transaction Payments` p
                inner join `tabBank Transaction` t on t.name = p.parent and t.docstatus = 1
                inner join `tabBank Account` b on b.name = t.bank_account
                where p.payment_entry in %(names)s and p.payment_document = 'Payment Entry'""",
                names=payments,
            )
        }
        sums: dict[tuple[str, str], Decimal] = {}
        for row in select(
            f"""select name, allocated_amount from `tabBank Transaction Payments`
            where name in %(names)s and docstatus < 2 order by name {self._shared}""",
            names=found,
        ):
            payment, account = found[row.name]
            sums[payment, account] = sums.get((payment, account), ZERO) + _amount(row.allocated_amount, account)
        return sums

    def _references(self, payments: Collection[Any]) -> list[Any]:
        """Return the references of payments.

        Args:
            payments: their rows, read under a lock; these have the newest ``total_allocated_amount``, and references
                that do not add up to it come from an old snapshot.
        """
        query = """select parent, reference_doctype, reference_name, allocated_amount
            from `tabPayment Entry Reference` where parent in %(names)s"""
        found = select(query, names=[row.name for row in payments])
        sums: dict[str, float] = {}
        for row in found:
            sums[row.parent] = sums.get(row.parent, 0.0) + row.allocated_amount
        old = {row.name for row in payments if abs(abs(sums.get(row.name, 0.0)) - row.total_allocated_amount) > _CENT}
        if not old or not self._shared:
            return found
        newest = select(f"{query} order by parent, name {self._shared}", names=old)
        return [row for row in found if row.parent not in old] + newest

    # invoices

    def invoices_of(self, payments: Collection[str]) -> Sequence[InvoiceRef]:
        """Return the invoices that live payments reference. A cancelled one leaves its invoices to ERPNext."""
        rows = self._payments(payments, "name, docstatus, follows_bank_statement, total_allocated_amount")
        live = [row for row in rows if row.docstatus == 1 and row.follows_bank_statement]
        references = self._references(live)
        return sorted({InvoiceRef(row.reference_doctype, row.reference_name) for row in references if _is_invoice(row)})

    def invoice_facts(self, invoices: Collection[InvoiceRef]) -> Mapping[InvoiceRef, InvoiceFacts]:
        rows = invoice_rows(invoices, self.today(), self._for_update, stamped=True)
        changed = changed_meanwhile(rows) if self._for_update else set()
        allocations = _allocations_to(set(invoices) - changed, "") + _allocations_to(changed, self._shared)
        return facts_of(rows, self._awaiting(allocations))

    def held_invoice_facts(self, invoices: Collection[InvoiceRef]) -> Mapping[InvoiceRef, InvoiceFacts]:
        awaiting = self._awaiting(_allocations_to(invoices, ""))
        return facts_of(invoice_rows(awaiting, self.today(), self._for_update), awaiting) if awaiting else {}

    def _awaiting(self, allocations: Collection[_Allocation]) -> Awaiting:
        """Return those of the allocations whose payments await the bank."""
        waiting = {
            row.name
            for row in select(
                f"""select name, docstatus, awaiting_bank_reconciliation from `tabPayment Entry`
                where name in %(names)s order by name {self._shared}""",
                names={payment for _ref, payment, _allocated in allocations},
            )
            if row.docstatus == 1 and row.awaiting_bank_reconciliation
        }
        found: dict[InvoiceRef, dict[str, Decimal]] = {}
        for ref, payment, allocated in allocations:
            if payment in waiting:
                by_payment = found.setdefault(ref, {})
                by_payment[payment] = by_payment.get(payment, ZERO) + allocated
        return found


def _allocations_to(invoices: Collection[InvoiceRef], lock: str) -> list[_Allocation]:
    """Return what submitted payments that follow the bank statement allocate to invoices.

    Args:
        lock: how rows are locked; only where a snapshot is known to be old, as it locks a range.
    """
    return [
        (InvoiceRef(doctype, row.reference_name), row.parent, Decimal(str(row.allocated_amount)))
        for doctype, names in by_doctype(invoices)
        for row in select(
            f"""select r.reference_name, r.parent, r.allocated_amount from `tabPayment Entry Reference` r
            inner join `tabPayment Entry` p on p.name = r.parent
            where r.reference_name in %(names)s and r.reference_doctype = %(doctype)s
                and p.docstatus = 1 and p.follows_bank_statement = 1 {lock}""",
            names=names,
            doctype=doctype,
        )
    ]


def payment_channel(payment: Any) -> Channel:
    """Return how a payment moves money, from the types that its accounts have now.

    Args:
        payment: a Payment Entry, or a row of one.
    """
    return channel(payment.payment_type, _account_type(payment.paid_from), _account_type(payment.paid_to))


def pays_an_invoice(payment: Any) -> bool:
    """Whether a Payment Entry document references an invoice."""
    return any(row.reference_doctype in INVOICES for row in payment.references)


def following_payments(invoice: InvoiceRef) -> list[str]:
    """Return the submitted payments of an invoice that follow the bank statement."""
    rows = frappe.db.sql(
        """select distinct p.name from `tabPayment Entry Reference` r
        inner join `tabPayment Entry` p on p.name = r.parent
        where r.reference_doctype = %s and r.reference_name = %s
            and p.docstatus = 1 and p.follows_bank_statement = 1""",
        invoice,
    )
    return [name for (name,) in rows]


def _account_type(account: str | None) -> str | None:
    found = frappe.get_cached_value("Account", account, "account_type") if account else None
    return str(found) if found else None


def _amount(value: float | None, account: str | None) -> Decimal:
    """Return an amount on a ledger account, rounded as Bank Transaction rounds its allocations."""
    field = frappe.get_meta("Bank Transaction").get_field("unallocated_amount")
    return Decimal(str(flt(value, frappe.model.meta.get_field_precision(field))))


def _bank_amounts(payments: Collection[str]) -> Mapping[tuple[str, str], Decimal]:
    """Return what payments move on each ledger account, in its currency, by payment and account."""
    rows = select(
        """select voucher_no, account, abs(sum(debit_in_account_currency - credit_in_account_currency)) as amount
        from `tabGL Entry` where voucher_type = 'Payment Entry' and voucher_no in %(names)s and is_cancelled = 0
        group by voucher_no, account""",
        names=payments,
    )
    return {(row.voucher_no, row.account): _amount(row.amount, row.account) for row in rows}


def _is_invoice(reference: Any) -> bool:
    return reference.reference_doctype in INVOICES
