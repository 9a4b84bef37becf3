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

from imogi_finance.erpnext_adapter.invoice_facts import Awaiting, by_doctype, facts_of, invoice_rows, select
from imogi_finance.erpnext_adapter.paid_status_writing import PaidStatusWriting
from imogi_finance.erpnext_adapter.settings import bank_clearance_confirms, rule_is_on
from imogi_finance.money import ZERO
from imogi_finance.paid_status.doors import InvoiceRef
from imogi_finance.paid_status.rule import Channel, InvoiceFacts, PaymentFacts, channel

INVOICES = ("Purchase Invoice", "Sales Invoice")
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
            " follows_bank_statement",
        )
        names = [row.name for row in rows if row.docstatus < 2 and row.follows_bank_statement]
        moved, covered, referencing = _bank_amounts(names), self._allocations(names), _referencing_invoices(names)
        followed = {company: rule_is_on(company) for company in {row.company for row in rows if row.name in names}}
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

    # invoices

    def invoices_of(self, payments: Collection[str]) -> Sequence[InvoiceRef]:
        """Return the invoices that live payments reference. A cancelled one leaves its invoices to ERPNext."""
        if not payments:
            return []
        rows = select(
            """select distinct r.reference_doctype, r.reference_name from `tabPayment Entry Reference` r
            inner join `tabPayment Entry` p on p.name = r.parent
            where r.parent in %(names)s and r.reference_doctype in %(invoices)s
                and p.docstatus = 1 and p.follows_bank_statement = 1
            order by r.reference_doctype, r.reference_name""",
            names=payments,
            invoices=INVOICES,
        )
        return [InvoiceRef(row.reference_doctype, row.reference_name) for row in rows]

    def invoice_facts(self, invoices: Collection[InvoiceRef]) -> Mapping[InvoiceRef, InvoiceFacts]:
        rows = invoice_rows(invoices, self.today(), self._for_update)
        return facts_of(rows, self._awaiting(invoices))

    def held_invoice_facts(self, invoices: Collection[InvoiceRef]) -> Mapping[InvoiceRef, InvoiceFacts]:
        awaiting = self._awaiting(invoices)
        return facts_of(invoice_rows(awaiting, self.today(), self._for_update), awaiting) if awaiting else {}

    def _awaiting(self, invoices: Collection[InvoiceRef]) -> Awaiting:
        allocations = [
            (InvoiceRef(doctype, row.reference_name), row.parent, row.allocated_amount)
            for doctype, names in by_doctype(invoices)
            for row in select(
                """select r.reference_name, r.parent, r.allocated_amount from `tabPayment Entry Reference` r
                inner join `tabPayment Entry` p on p.name = r.parent
                where r.reference_name in %(names)s and r.reference_doctype = %(doctype)s
                    and p.docstatus = 1 and p.follows_bank_statement = 1""",
                names=names,
                doctype=doctype,
            )
        ]
        if not allocations:
            return {}
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
                by_payment[payment] = by_payment.get(payment, ZERO) + Decimal(str(allocated))
        return found


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


def _referencing_invoices(payments: Collection[str]) -> set[str]:
    rows = select(
        """select distinct parent from `tabPayment Entry Reference`
        where parent in %(names)s and reference_doctype in %(invoices)s""",
        names=payments,
        invoices=INVOICES,
    )
    return {row.parent for row in rows}
