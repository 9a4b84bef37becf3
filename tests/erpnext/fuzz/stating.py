"""Rules: lines of the bank statement come, are reconciled by every road there is, and taken back by every other."""

from __future__ import annotations

import frappe
from frappe.utils import nowdate
from hypothesis import strategies as st

from tests.erpnext.fuzz.drawing import NUMBERS, PARTIES, SIDES, SOME
from tests.erpnext.fuzz.sequence import LINES, PAYMENTS, Idle, Paper, Sequence, pick, some, step
from tests.erpnext.fuzz.shelf import PURCHASE, SALES
from tests.erpnext.paid_status import desk

_PARTY_TYPES = {PURCHASE: "Supplier", SALES: "Customer"}


class Stating(Sequence):
    """What people do to the bank statement."""

    @step(LINES, side=SIDES, amount=st.sampled_from((-100, 100, -60, 60, -500, 500)))
    def line(self, side: int, amount: int) -> Paper:
        return self.has("Bank Transaction", self.places[side].office.bank_transaction(amount), side)

    @step(LINES, payment=PAYMENTS, part=st.sampled_from((1, 1, 1, 0.5)))
    def line_of_payment(self, payment: Paper, part: float) -> Paper:
        return self._line(payment, part, row=False)

    @step(LINES, payment=PAYMENTS, part=st.sampled_from((1, 1, 0.5)))
    def line_with_a_row(self, payment: Paper, part: float) -> Paper:
        return self._line(payment, part, row=True)

    def _line(self, payment: Paper, part: float, *, row: bool) -> Paper:
        """Enter the line that a payment leaves on the statement; with a row, it names the payment from the start."""
        doc = frappe.get_doc("Payment Entry", payment.name) if payment.docstatus is not None else None
        if doc is None or doc.docstatus == 2:
            raise Idle
        ways = [
            (self.places[payment.side].known_bank(doc.paid_from), -doc.paid_amount, doc.paid_from_account_currency),
            (self.places[payment.side].known_bank(doc.paid_to), doc.received_amount, doc.paid_to_account_currency),
        ]
        bank, amount, currency = pick([way for way in ways if way[0]], 0)
        how = {"bank_account": bank, "currency": currency, "reference_number": doc.reference_no}
        amount = round(amount * part, 2)
        if row:
            allocated = min(abs(amount), _open_amount(payment, bank, abs(amount / part)))
            if allocated <= 0:
                raise Idle
            named = {"payment_document": "Payment Entry", "payment_entry": doc.name}
            how["payment_entries"] = [{**named, "allocated_amount": allocated}]
        name = self.office(payment).bank_transaction(amount, **how)
        return self.has("Bank Transaction", name, payment.side)

    @step(line=LINES, numbers=SOME, fitting=st.sampled_from((True, True, True, False)))
    def reconcile(self, line: Paper, numbers: list[int], fitting: bool) -> None:
        line.live()
        found = [paper for paper in self.of("Payment Entry", side=line.side if fitting else None) if paper.docstatus]
        if fitting:
            found = [paper for paper in found if self._fits(paper, line)]
        desk.reconcile(line.name, *(paper.name for paper in some(found, numbers)))

    def _fits(self, payment: Paper, line: Paper) -> bool:
        ledger = frappe.db.get_value("Bank Account", line.value("bank_account"), "account")
        column = "paid_to" if line.value("deposit") else "paid_from"
        return payment.docstatus == 1 and payment.value(column) == ledger

    @step(line=LINES, number=NUMBERS)
    def reconcile_journal(self, line: Paper, number: int) -> None:
        journals = self.of("Journal Entry", side=line.live().side)
        desk.reconcile(line.name, pick(journals, number).name, doctype="Journal Entry")

    @step(side=SIDES)
    def auto_reconcile(self, side: int) -> None:
        office = self.places[side].office
        desk.auto_reconcile(office, office.bank_account)

    @step(PAYMENTS, line=LINES, party=PARTIES)
    def payment_from_tool(self, line: Paper, party: int) -> Paper:
        kind, who = self._party_of(line, party)
        self.from_here()
        name = desk.payment_from_tool(line.name, kind, who)
        return self.has("Payment Entry", name, line.side)

    @step(line=LINES, party=PARTIES)
    def journal_from_tool(self, line: Paper, party: int) -> None:
        kind, who = self._party_of(line, party)
        self.from_here()
        office = self.office(line)
        field = "default_payable_account" if kind == "Supplier" else "default_receivable_account"
        account = frappe.db.get_value("Company", office.company, field)
        name = desk.journal_from_tool(line.name, kind, who, account)
        self.has("Journal Entry", name, line.side)

    def _party_of(self, line: Paper, number: int) -> tuple[str, str]:
        doctype = SALES if line.live().value("deposit") else PURCHASE
        return _PARTY_TYPES[doctype], self.places[line.side].party(doctype, number)

    @step(line=LINES, number=NUMBERS, part=st.sampled_from((0, 1, 0.5)))
    def add_row(self, line: Paper, number: int, part: float) -> None:
        """Add a row by hand: as much as ERPNext finds, or a part of what is open. It lets people write too much."""
        line.live()
        found = [paper for paper in self.of("Payment Entry", side=line.side) if self._fits(paper, line)]
        payment = pick(found, number)
        amount = float(payment.value("received_amount" if line.value("deposit") else "paid_amount"))
        open_amount = _open_amount(payment, line.value("bank_account"), amount)
        open_amount = min(float(line.value("unallocated_amount")), open_amount)
        if open_amount <= 0:
            raise Idle
        desk.add_row(line.name, payment.name, round(open_amount * part, 2))

    @step(line=LINES, number=NUMBERS, part=st.sampled_from((0.5, 1)))
    def change_row(self, line: Paper, number: int, part: float) -> None:
        """Put another row in a row's place: ERPNext lets nobody change its amount."""
        row = pick(_rows(line.live()), number)

        def change(doc: frappe.model.document.Document) -> None:
            found = next(found for found in doc.payment_entries if found.name == row)
            doc.remove(found)
            again = {"payment_document": found.payment_document, "payment_entry": found.payment_entry}
            doc.append("payment_entries", {**again, "allocated_amount": round(found.allocated_amount * part, 2)})

        desk.edit("Bank Transaction", line.name, change)

    @step(line=LINES, number=NUMBERS)
    def remove_row(self, line: Paper, number: int) -> None:
        row = pick(_rows(line.live()), number)
        desk.edit(
            "Bank Transaction",
            line.name,
            lambda doc: doc.remove(next(found for found in doc.payment_entries if found.name == row)),
        )

    @step(line=LINES)
    def unreconcile_line(self, line: Paper) -> None:
        if not _rows(line.live()):
            raise Idle
        desk.unreconcile_transaction(line.name)

    @step(line=LINES)
    def cancel_line(self, line: Paper) -> None:
        desk.cancel("Bank Transaction", line.live().name)

    @step(payment=PAYMENTS, cleared=st.sampled_from((True, True, False)))
    def clear_by_hand(self, payment: Paper, cleared: bool) -> None:
        doc = frappe.get_doc("Payment Entry", payment.live().name)
        ledger = doc.paid_from if doc.payment_type == "Pay" else doc.paid_to
        if not self.places[payment.side].known_bank(ledger):
            raise Idle
        desk.clear_by_hand(self.office(payment), ledger, {payment.name: nowdate() if cleared else None})


def _rows(line: Paper) -> list[str]:
    return list(frappe.get_all("Bank Transaction Payments", {"parent": line.name}, pluck="name", order_by="idx"))


def _open_amount(payment: Paper, bank_account: str, amount: float) -> float:
    """Return what no line of a bank account covers yet of a payment's amount."""
    covered = frappe.db.sql(
        """select coalesce(sum(r.allocated_amount), 0) from `tabBank Transaction Payments` r
        join `tabBank Transaction` t on t.name = r.parent and t.docstatus = 1 and t.bank_account = %s
        where r.payment_entry = %s""",
        (bank_account, payment.name),
    )
    return amount - float(covered[0][0])
