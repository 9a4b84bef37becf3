"""Rules: settings are switched, a day begins, books are frozen, and rows are tampered with and mended."""

from __future__ import annotations

import frappe
from erpnext.controllers.accounts_controller import update_invoice_status
from frappe.utils import add_days, nowdate
from hypothesis import strategies as st

from imogi_finance.erpnext_adapter import drift
from tests.erpnext.fuzz.drawing import NUMBERS
from tests.erpnext.fuzz.sequence import COMPANIES, INVOICES, PAYMENTS, Paper, RuleSetting, Sequence, pick, step
from tests.erpnext.paid_status import desk
from tests.erpnext.paid_status.settings import set_rule

_FIRST, _SECOND = COMPANIES
_SETTINGS = (
    (True, {}),
    (True, {_SECOND: False}),
    (False, {}),
    (False, {_SECOND: True}),
    (True, {_FIRST: False}),
)


class Governing(Sequence):
    """What happens to all documents at once."""

    @step(which=st.integers(0, len(_SETTINGS) - 1), clearance=st.booleans())
    def change_settings(self, which: int, clearance: bool) -> None:
        on, companies = _SETTINGS[which]
        set_rule(on=on, clearance=clearance, companies=dict(companies))
        self.setting = RuleSetting(on, clearance, dict(companies))

    @step(invoice=INVOICES, ours_first=st.booleans())
    def day_begins(self, invoice: Paper, ours_first: bool) -> None:
        """Let an invoice fall due over night, and both daily jobs run."""
        invoice.live()
        yesterday = add_days(nowdate(), -1)
        for doctype, where in ((invoice.doctype, "name"), ("Payment Schedule", "parent")):
            frappe.db.sql(f"update `tab{doctype}` set due_date = %s where {where} = %s", (yesterday, invoice.name))
        frappe.clear_document_cache(invoice.doctype, invoice.name)
        frappe.db.commit()
        jobs = [self.check_drift, update_invoice_status]
        for job in jobs if ours_first else reversed(jobs):
            with desk.request():
                job()
        self.check_drift()  # ERPNext's may have come last

    @step(payment=PAYMENTS)
    def sweep(self, payment: Paper) -> None:
        """Look again as every quarter of an hour, after somebody has only looked at a payment."""
        frappe.get_doc("Payment Entry", payment.live().name)
        self.must([f"The sweep had to mend {found}" for found in self.own(drift.sweep())])

    def check_drift(self) -> None:
        """Run the daily check: there must be nothing to mend."""
        self.must([f"The daily check had to mend {found}" for found in self.own(drift.check())])

    def own(self, drifts: list[drift.Drift]) -> list[drift.Drift]:
        """Return those of this sequence's documents."""
        names = {f"{paper.doctype} {paper.name}" for paper in self.papers}
        return [found for found in drifts if found.document in names]

    @step(number=NUMBERS, flag_too=st.booleans())
    def tamper(self, number: int, flag_too: bool) -> None:
        """Write a wrong flag and wrong statuses by SQL: the daily check names and mends them."""
        waiting = [paper for paper in self.of("Payment Entry") if paper.value("awaiting_bank_reconciliation")]
        payment = pick(waiting, number)
        invoices = frappe.db.sql(
            """select distinct reference_doctype, reference_name from `tabPayment Entry Reference`
            where parent = %s and reference_doctype in ('Purchase Invoice', 'Sales Invoice')""",
            payment.name,
        )
        wrong = set()
        for doctype, name in invoices:
            if frappe.db.get_value(doctype, name, "status") != "Paid":
                frappe.db.sql(f"update `tab{doctype}` set status = 'Paid' where name = %s", name)
                wrong.add(f"{doctype} {name}")
        if flag_too:
            frappe.db.sql(
                "update `tabPayment Entry` set awaiting_bank_reconciliation = 0 where name = %s", payment.name
            )
            wrong = {f"Payment Entry {payment.name}"}  # its invoices are mended with it
        frappe.db.commit()
        found = {one.document for one in self.own(drift.check())}
        self.must([f"The daily check did not name {document}" for document in sorted(wrong - found)])

    @step(payment=PAYMENTS)
    def cancel_in_frozen_books(self, payment: Paper) -> None:
        """Cancel a payment while the books are frozen: refused, and then possible again."""
        payment.live()
        _freeze(nowdate())
        self.from_here()
        try:
            desk.cancel("Payment Entry", payment.name)
        except frappe.ValidationError:
            pass
        else:
            self.must([f"{payment} was cancelled in frozen books"])
        finally:
            _freeze(None)

    @step(side=st.sampled_from((0, 1)))
    def pay_in_closed_period(self, side: int) -> None:
        """Have a period closed for payments: new ones are refused while it is."""
        place = self.places[side]
        period = frappe.get_doc(
            {
                "doctype": "Accounting Period",
                "period_name": self.label,
                "company": place.company,
                "start_date": nowdate(),
                "end_date": nowdate(),
                "closed_documents": [{"document_type": "Payment Entry", "closed": 1}],
            }
        )
        with desk.request():
            period.insert()
        try:
            made = place.payment_document(
                payment_type="Internal Transfer",
                paid_from=place.office.bank_gl,
                paid_to=place.office.cash_gl,
                paid_amount=1,
                received_amount=1,
            )
            try:
                with desk.request():
                    made.insert().submit()
            except frappe.ValidationError:
                pass
            else:
                self.must(["A payment was submitted in a closed period"])
        finally:
            with desk.request():
                frappe.delete_doc("Accounting Period", period.name)


def _freeze(until: str | None) -> None:
    frappe.db.set_single_value("Accounts Settings", "acc_frozen_upto", until)
    frappe.db.commit()
