"""Rules: invoices of every sort are made, paid as they are made, returned, saved, cancelled and amended."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.erpnext.fuzz.drawing import AMOUNTS, DOCTYPES, NUMBERS, PARTIES, SIDES
from tests.erpnext.fuzz.sequence import INVOICES, Paper, Sequence, pick, step
from tests.erpnext.fuzz.shelf import PURCHASE, SALES, SORTS
from tests.erpnext.paid_status import desk, later


class Invoicing(Sequence):
    """What people do to invoices."""

    @step(INVOICES, side=SIDES, doctype=DOCTYPES, sort=st.sampled_from(SORTS), amount=AMOUNTS, party=PARTIES)
    def new_invoice(self, side: int, doctype: str, sort: str, amount: int, party: int) -> Paper:
        return self.has(doctype, self.places[side].invoice(doctype, sort, amount, party), side)

    @step(INVOICES, side=SIDES, doctype=DOCTYPES)
    def invoice_paid_as_it_is_made(self, side: int, doctype: str) -> Paper:
        place = self.places[side]
        office, draft = place.office, place.bank_draft()
        self.from_here()
        with desk.request():
            if doctype == PURCHASE:
                paid = {"is_paid": 1, "mode_of_payment": draft, "cash_bank_account": office.bank_gl, "paid_amount": 100}
                name = office.purchase_invoice(100, supplier=place.party(doctype, 1), **paid)
            else:
                rows = [{"mode_of_payment": draft, "account": office.bank_gl, "amount": 100}]
                write_off = {"write_off_account": office.expense_gl, "write_off_cost_center": office.cost_center}
                name = office.sales_invoice(100, customer=place.party(doctype, 1), is_pos=1, payments=rows, **write_off)
        return self.has(doctype, name, side)

    @step(INVOICES, side=SIDES, doctype=DOCTYPES, party=PARTIES)
    def invoice_with_advances(self, side: int, doctype: str, party: int) -> Paper:
        place = self.places[side]
        who = place.party(doctype, party)
        how = {"supplier" if doctype == PURCHASE else "customer": who, "submit": False}
        make = place.office.purchase_invoice if doctype == PURCHASE else place.office.sales_invoice
        name = make(100, **how)
        later.fetch_advances(doctype, name)
        self.from_here()
        desk.submit(doctype, name)
        return self.has(doctype, name, side)

    @step(INVOICES, invoice=INVOICES, part=st.sampled_from((1, 0.3)), against=st.booleans())
    def make_return(self, invoice: Paper, part: float, against: bool) -> Paper:
        invoice.live()
        return self.has(
            invoice.doctype, later.make_return(invoice.doctype, invoice.name, part=part, against=against), invoice.side
        )

    @step(invoice=INVOICES)
    def save_invoice(self, invoice: Paper) -> None:
        desk.edit(invoice.doctype, invoice.live().name, lambda doc: doc.update({"letter_head": None}))

    @step(invoice=INVOICES)
    def cancel_invoice(self, invoice: Paper) -> None:
        desk.cancel(invoice.doctype, invoice.live().name)

    @step(INVOICES, number=NUMBERS)
    def amend_invoice(self, number: int) -> Paper:
        cancelled = [paper for paper in self.of(PURCHASE, SALES) if paper.docstatus == 2]
        if not cancelled:
            invoice = pick([paper for paper in self.of(PURCHASE, SALES) if paper.docstatus == 1], number)
            desk.cancel(invoice.doctype, invoice.name)
            self.from_here()
            cancelled = [invoice]
        invoice = pick(cancelled, number)
        return self.has(invoice.doctype, desk.amend(invoice.doctype, invoice.name), invoice.side)
