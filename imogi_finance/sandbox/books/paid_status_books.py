"""What the paid-status rule reads and writes in the sandbox's books."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from imogi_finance.bank_reconciliation.documents import VOUCHER_TYPE
from imogi_finance.batch.doors import Clock
from imogi_finance.money import from_minor
from imogi_finance.paid_status.doors import InvoiceRef
from imogi_finance.paid_status.rule import InvoiceFacts, PaymentFacts, channel
from imogi_finance.sandbox.storage.rows import In, Row, Rows

CONFIRMED = "Confirmed by the bank statement."


class SandboxPaidStatusBooks:
    """See ``imogi_finance.paid_status.doors.PaidStatusBooks``."""

    def __init__(self, rows: Rows, clock: Clock) -> None:
        self._rows = rows
        self._clock = clock

    def today(self) -> date:
        return self._clock.now().date()

    def is_rule_on(self) -> bool:
        """Whether bank payments are held; a setting of the sandbox, on unless switched off."""
        setting = self._rows.get("setting", "paid_status_rule")
        return setting is None or setting["value"] != "off"

    def payment_facts(self, payments: Collection[str]) -> Mapping[str, PaymentFacts]:
        rule_on = self.is_rule_on()
        rows = [self._rows.lock("payment", name) for name in payments]  # locked before what hangs on them is read
        covered = self._covered(payments)
        referenced = {row["payment"] for row in self._references(payments)}
        facts = {}
        for row in filter(None, rows):
            account = self._rows.get("account", row["account"])
            account_type = account["account_type"] if account else None
            facts[row["name"]] = PaymentFacts(
                name=row["name"],
                docstatus=row["docstatus"],
                channel=channel(row["payment_type"], account_type, account_type),
                references_invoice=row["name"] in referenced,
                bank_amount=from_minor(row["amount"], row["currency"]),
                allocated=from_minor(covered.get((row["name"], row["account"]), 0), row["currency"]),
                rule_on=rule_on,
            )
        return facts

    def _covered(self, payments: Collection[str]) -> Mapping[tuple[str, str], int]:
        """Sum what submitted bank transactions cover, by payment and bank account."""
        covered: dict[tuple[str, str], int] = {}
        transactions: dict[str, Row | None] = {}
        for row in self._rows.select("bank_transaction_payment", {"payment": In(tuple(payments))}):
            name = row["bank_transaction"]
            if name not in transactions:
                transactions[name] = self._rows.get("bank_transaction", name)
            transaction = transactions[name]
            if transaction is not None and transaction["docstatus"] == 1:
                key = (row["payment"], transaction["bank_account"])
                covered[key] = covered.get(key, 0) + row["allocated"]
        return covered

    def _references(self, payments: Collection[str]) -> list[Row]:
        return self._rows.select("payment_reference", {"payment": In(tuple(payments))})

    def awaiting_flags(self, payments: Collection[str]) -> Mapping[str, bool]:
        rows = self._rows.select("payment", {"name": In(tuple(payments))})
        return {row["name"]: bool(row["awaiting"]) for row in rows}

    def set_awaiting(self, payments: Collection[str], awaiting: bool) -> None:
        self._rows.update_many("payment", (((name,), {"awaiting": int(awaiting)}) for name in payments))

    def note_confirmed(self, payments: Collection[str]) -> None:
        for name in payments:
            line = self._rows.count("comment", {"doctype": VOUCHER_TYPE, "name": name}) + 1
            self._rows.insert("comment", {"doctype": VOUCHER_TYPE, "name": name, "line": line, "text": CONFIRMED})

    def invoices_of(self, payments: Collection[str]) -> Sequence[InvoiceRef]:
        return list(dict.fromkeys(InvoiceRef(row["doctype"], row["invoice"]) for row in self._references(payments)))

    def invoice_facts(self, invoices: Collection[InvoiceRef]) -> Mapping[InvoiceRef, InvoiceFacts]:
        facts = {}
        rows = [self._rows.lock("invoice", *ref) for ref in invoices]  # locked before what hangs on them is read
        awaiting = self._awaiting_by_invoice(invoices)
        for row in filter(None, rows):
            ref = InvoiceRef(row["doctype"], row["name"])
            facts[ref] = InvoiceFacts(
                docstatus=row["docstatus"],
                total=from_minor(row["grand_total"], row["currency"]),
                outstanding=from_minor(row["outstanding"], row["currency"]),
                awaiting=from_minor(awaiting.get(ref, 0), row["currency"]),
                due_date=date.fromisoformat(row["due_date"]),
                is_return=bool(row["is_return"]),
            )
        return facts

    def held_invoice_facts(self, invoices: Collection[InvoiceRef]) -> Mapping[InvoiceRef, InvoiceFacts]:
        awaiting = self._awaiting_by_invoice(invoices)
        return self.invoice_facts([ref for ref in invoices if ref in awaiting])

    def _awaiting_by_invoice(self, invoices: Collection[InvoiceRef]) -> Mapping[InvoiceRef, int]:
        references: list[Row] = []
        for doctype, names in _by_doctype(invoices):
            references += self._rows.select("payment_reference", {"doctype": doctype, "invoice": In(tuple(names))})
        where = {"name": In(tuple({row["payment"] for row in references})), "awaiting": 1}
        waiting = {row["name"] for row in self._rows.select("payment", where)}
        sums: dict[InvoiceRef, int] = {}
        for row in references:
            if row["payment"] in waiting:
                ref = InvoiceRef(row["doctype"], row["invoice"])
                sums[ref] = sums.get(ref, 0) + row["allocated"]
        return sums

    def _invoice_rows(self, invoices: Collection[InvoiceRef]) -> list[Row]:
        rows: list[Row] = []
        for doctype, names in _by_doctype(invoices):
            rows += self._rows.select("invoice", {"doctype": doctype, "name": In(tuple(names))})
        return rows

    def set_status(self, statuses: Mapping[InvoiceRef, str]) -> None:
        rows = {InvoiceRef(row["doctype"], row["name"]): row["status"] for row in self._invoice_rows(list(statuses))}
        changed = [(tuple(ref), {"status": status}) for ref, status in statuses.items() if rows[ref] != status]
        self._rows.update_many("invoice", changed)


def _by_doctype(invoices: Collection[InvoiceRef]) -> list[tuple[str, list[str]]]:
    doctypes = sorted({ref.doctype for ref in invoices})
    return [(doctype, [ref.name for ref in invoices if ref.doctype == doctype]) for doctype in doctypes]
