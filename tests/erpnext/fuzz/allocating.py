"""Rules: payments and invoices that stand are allocated to each other, taken apart, and posted anew."""

from __future__ import annotations

import frappe
from hypothesis import strategies as st

from tests.erpnext.fuzz.drawing import NUMBERS
from tests.erpnext.fuzz.sequence import INVOICES, PAYMENTS, Idle, Paper, Sequence, pick, step
from tests.erpnext.fuzz.shelf import PURCHASE, SALES
from tests.erpnext.paid_status import later

_PARTY = {PURCHASE: "supplier", SALES: "customer"}


class Allocating(Sequence):
    """What people do to payments and invoices that are submitted already."""

    @step(invoice=INVOICES, number=NUMBERS)
    def payment_reconciliation(self, invoice: Paper, number: int) -> None:
        party = invoice.live().value(_PARTY[invoice.doctype])
        found = [
            paper
            for paper in self.of("Payment Entry", side=invoice.side)
            if paper.docstatus == 1 and paper.value("party") == party and float(paper.value("unallocated_amount"))
        ]
        payment = pick(found, number)
        later.payment_reconciliation(self.office(invoice), invoice.doctype, party, payment.name, invoice.name)

    @step(invoice=INVOICES)
    def process_payment_reconciliation(self, invoice: Paper) -> None:
        party = invoice.live().value(_PARTY[invoice.doctype])
        later.advance_account(self.office(invoice), invoice.doctype)
        self.from_here()
        ended = later.process_payment_reconciliation(self.office(invoice), invoice.doctype, party)
        if ended != "Completed":
            self.from_here()
            raise Idle

    @step(payment=PAYMENTS, number=NUMBERS)
    def unreconcile_payment(self, payment: Paper, number: int) -> None:
        rows = frappe.get_all(
            "Payment Entry Reference",
            {"parent": payment.live().name, "reference_doctype": ("in", (PURCHASE, SALES))},
            ["reference_doctype", "reference_name"],
            order_by="idx",
        )
        row = pick(rows, number)
        later.unreconcile_payment(self.office(payment), payment.name, row.reference_doctype, row.reference_name)

    @step(payment=PAYMENTS, invoice=INVOICES)
    def repost_payment_ledger(self, payment: Paper, invoice: Paper) -> None:
        live = [(paper.doctype, paper.name) for paper in (payment, invoice) if paper.docstatus == 1]
        if payment.side != invoice.side or not live:
            raise Idle
        later.repost("Repost Payment Ledger", self.office(payment), *live)

    @step(number=NUMBERS, doctype=st.sampled_from(("Payment Entry", PURCHASE, SALES)))
    def repost_accounting_ledger(self, number: int, doctype: str) -> None:
        paper = pick([paper for paper in self.of(doctype) if paper.docstatus == 1], number)
        later.repost("Repost Accounting Ledger", self.office(paper), (paper.doctype, paper.name))
