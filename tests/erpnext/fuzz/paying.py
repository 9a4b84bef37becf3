"""Rules: payments of every sort are made, submitted, cancelled, amended and deleted; journals too."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from frappe.utils import flt, nowdate
from hypothesis import strategies as st

from tests.erpnext.fuzz.drawing import DOCTYPES, MONEY, NUMBERS, PARTIES, PARTS, SIDES, SOME
from tests.erpnext.fuzz.sequence import INVOICES, JOURNALS, PAYMENTS, Idle, Paper, Sequence, pick, some, step
from tests.erpnext.fuzz.shelf import PURCHASE, SALES
from tests.erpnext.paid_status import desk, later

_RATE = 16_000


class Paying(Sequence):
    """What people do to payments."""

    @step(PAYMENTS, invoice=INVOICES, money=MONEY, part=PARTS)
    def pay(self, invoice: Paper, money: str, part: float) -> Paper:
        made = self._payment(invoice, money, part)
        return self._saved(made, invoice.side, submit=True)

    @step(PAYMENTS, invoice=INVOICES, money=MONEY, part=PARTS)
    def draft_payment(self, invoice: Paper, money: str, part: float) -> Paper:
        made = self._payment(invoice, money, part)
        return self._saved(made, invoice.side, submit=False)

    @step(PAYMENTS, invoice=INVOICES, part=PARTS)
    def pay_in_dollars(self, invoice: Paper, part: float) -> Paper:
        """Pay from the dollar account; where the party's is in the company's currency, by changing a draft."""
        account = self.places[invoice.live().side].bank("Dollars")[0]
        if invoice.value("party_account_currency") == "USD":
            made = self._payment(invoice, "Dollars", part)
            made.source_exchange_rate = made.target_exchange_rate = _RATE
            return self._saved(made, invoice.side, submit=True)
        made = self._payment(invoice, "Bank", part)
        with desk.request():
            made.insert()
            outgoing = made.payment_type == "Pay"
            made.set("paid_from" if outgoing else "paid_to", account)
            made.set("paid_from_account_currency" if outgoing else "paid_to_account_currency", "USD")
            made.set("source_exchange_rate" if outgoing else "target_exchange_rate", _RATE)
            ours, theirs = ("paid_amount", "received_amount") if outgoing else ("received_amount", "paid_amount")
            made.set(ours, flt(made.get(theirs) / _RATE, 2))
            made.bank_account = None
            made.save()
            made.submit()
        return self.has("Payment Entry", str(made.name), invoice.side)

    @step(PAYMENTS, invoice=INVOICES, money=MONEY)
    def pay_and_write_off(self, invoice: Paper, money: str) -> Paper:
        made = self._payment(invoice, money, 1)
        made.paid_amount = made.received_amount = made.paid_amount - 5
        office = self.office(invoice)
        amount = 5 if made.payment_type == "Receive" else -5
        made.append("deductions", {"account": office.expense_gl, "cost_center": office.cost_center, "amount": amount})
        return self._saved(made, invoice.side, submit=True)

    @step(PAYMENTS, invoice=INVOICES, numbers=SOME, money=MONEY)
    def pay_several(self, invoice: Paper, numbers: list[int], money: str) -> Paper:
        made = self._payment(invoice, money, 1)
        same = [
            paper
            for paper in self.of(invoice.doctype, side=invoice.side)
            if paper != invoice and paper.docstatus == 1 and _party(paper) == made.party
        ]
        for paper in some(same, numbers):
            outstanding = float(paper.value("outstanding_amount"))
            if outstanding > 0:
                made.append(
                    "references",
                    {"reference_doctype": paper.doctype, "reference_name": paper.name, "allocated_amount": outstanding},
                )
                made.paid_amount = made.received_amount = made.paid_amount + outstanding
        return self._saved(made, invoice.side, submit=True)

    @step(PAYMENTS, side=SIDES, doctype=DOCTYPES, money=MONEY, party=PARTIES, amount=st.sampled_from((100, 40)))
    def pay_on_account(self, side: int, doctype: str, money: str, party: int, amount: int) -> Paper:
        place = self.places[side]
        who, account = place.party(doctype, party), self._money(side, money)
        self.from_here()
        name = later.payment_on_account(place.office, doctype, who, amount, account=account)
        return self.has("Payment Entry", name, side)

    @step(PAYMENTS, side=SIDES, way=st.sampled_from((("Bank", "cash"), ("Bank", "Savings"), ("cash", "Bank"))))
    def transfer(self, side: int, way: tuple[str, str]) -> Paper:
        source, target = (self._money(side, money) for money in way)
        self.from_here()
        fields = {"paid_from": source, "paid_to": target, "paid_amount": 40, "received_amount": 40}
        made = self.places[side].payment_document(payment_type="Internal Transfer", **fields)
        return self._saved(made, side, submit=True)

    @step(number=NUMBERS)
    def submit_payment(self, number: int) -> None:
        drafts = [paper for paper in self.of("Payment Entry") if paper.docstatus == 0]
        desk.submit("Payment Entry", pick(drafts or [self._new_draft()], number).name)

    @step(payment=PAYMENTS)
    def save_payment(self, payment: Paper) -> None:
        if payment.docstatus not in (0, 1):
            raise Idle
        desk.edit("Payment Entry", payment.name, lambda doc: doc.update({"reference_date": nowdate()}))

    @step(payment=PAYMENTS)
    def cancel_payment(self, payment: Paper) -> None:
        desk.cancel("Payment Entry", payment.live().name)

    @step(PAYMENTS, number=NUMBERS)
    def amend_payment(self, number: int) -> Paper:
        payment = self._cancelled(number)
        return self.has("Payment Entry", desk.amend("Payment Entry", payment.name), payment.side)

    @step(number=NUMBERS)
    def delete_payment(self, number: int) -> None:
        payment = self._cancelled(number)
        with desk.request():
            frappe.delete_doc("Payment Entry", payment.name)

    # journals

    @step(JOURNALS, invoice=INVOICES)
    def pay_by_journal(self, invoice: Paper) -> Paper:
        name = later.journal_payment(self.office(invoice), invoice.doctype, invoice.live().name)
        return self.has("Journal Entry", name, invoice.side)

    @step(journal=JOURNALS)
    def cancel_journal(self, journal: Paper) -> None:
        desk.cancel("Journal Entry", journal.live().name)

    # how it is done

    def _money(self, side: int, money: str) -> str:
        place = self.places[side]
        return place.office.cash_gl if money == "cash" else place.bank(money)[0]

    def _payment(self, invoice: Paper, money: str, part: float) -> Any:
        """Return the payment that an invoice's form proposes, not saved."""
        account = self._money(invoice.live().side, money)
        self.from_here()
        amount = None
        if part != 1:
            amount = flt(abs(float(invoice.value("outstanding_amount"))) * part, 2)
        made = get_payment_entry(invoice.doctype, invoice.name, party_amount=amount, bank_account=account)
        made.reference_no, made.reference_date = frappe.generate_hash(length=10), nowdate()
        return made

    def _new_draft(self) -> Paper:
        invoice = self.has(PURCHASE, self.places[0].invoice(PURCHASE, "plain", 60, 1), 0)
        made = self._saved(self._payment(invoice, "Bank", 1), 0, submit=False)
        self.from_here()
        return made

    def _cancelled(self, number: int) -> Paper:
        """Return a cancelled payment; one is cancelled first where there is none."""
        cancelled = [paper for paper in self.of("Payment Entry") if paper.docstatus == 2]
        if not cancelled:
            payment = pick([paper for paper in self.of("Payment Entry") if paper.docstatus == 1], number)
            desk.cancel("Payment Entry", payment.name)
            self.from_here()
            return payment
        return pick(cancelled, number)

    def _saved(self, made: Any, side: int, *, submit: bool) -> Paper:
        with desk.request():
            made.insert()
            if submit:
                made.submit()
        return self.has("Payment Entry", str(made.name), side)


def _party(invoice: Paper) -> str:
    return str(invoice.value({PURCHASE: "supplier", SALES: "customer"}[invoice.doctype]))
