"""ERPNext's side of the office that the contract of Books is tested in: the names of ``tests/support/office.py``."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import frappe
from frappe.utils import nowdate

from imogi_finance.batch.settings import EngineSettings
from imogi_finance.erpnext_adapter.composition import App, compose
from imogi_finance.money import to_minor
from imogi_finance.paid_status.doors import InvoiceRef
from imogi_finance.setting_up.roles import RECONCILER, WATCHER
from tests.erpnext.office import ErpOffice
from tests.erpnext.reconciliation.desk import Desk
from tests.support.office import ANA, CASH, VIC

PURCHASE = "Purchase Invoice"


class BooksOffice:
    """A company whose books are changed as ANA or VIC, one transaction each."""

    def __init__(self, company: ErpOffice) -> None:
        self.company = company
        # where several workers may share a run, a refused payment leaves a number unused
        self.app: App = compose(settings=EngineSettings(workers=1))
        self.users = {
            ANA: company.user("ana.contract", "Accounts User", "Accounts Manager", RECONCILER),
            VIC: company.user("vic.contract", WATCHER, "Auditor"),
        }
        self.a_run = self._run()
        self._periods: list[str] = []

    def _run(self) -> str:
        """Have the row of a run that ended long ago: a payment's link to it is checked."""
        run = frappe.get_doc({"doctype": "Batch Run", "name": "RUN-CONTRACT", "status": "Completed"})
        run.update({"kind": "Contract", "requested_by": "Administrator", "announced": 1})
        if not frappe.db.exists("Batch Run", run.name):
            run.db_insert()
            frappe.db.commit()
        return str(run.name)

    # documents

    def invoice(self, *, party: str = "Party") -> InvoiceRef:
        supplier = self.company.supplier(f"Contract {party}")
        return InvoiceRef(PURCHASE, self.company.purchase_invoice(100, supplier=supplier))

    def invoices(self, count: int) -> list[InvoiceRef]:
        return [self.invoice() for _ in range(count)]

    def statement(self, amount: object) -> str:
        return self.company.bank_transaction(str(amount))

    def pay(self, invoice: InvoiceRef, *, account: str = "bank", amount: object = None) -> str:
        account = "cash" if account == CASH else "bank"
        return self.company.pay(*invoice, account=account, amount=None if amount is None else str(amount))

    def allocate(self, statement: str, payment: str, amount: object = None) -> None:
        document = frappe.get_doc("Bank Transaction", statement)
        part = {"allocated_amount": float(str(amount or 0))}
        document.append("payment_entries", {"payment_document": "Payment Entry", "payment_entry": payment, **part})
        document.save()
        frappe.db.commit()

    def cancel_invoice(self, ref: InvoiceRef) -> None:
        frappe.get_doc(*ref).cancel()
        frappe.db.commit()

    def close_books(self) -> None:
        period = {"period_name": frappe.generate_hash(length=8), "start_date": nowdate(), "end_date": nowdate()}
        made = frappe.get_doc({"doctype": "Accounting Period", "company": self.company.company, **period})
        made.append("closed_documents", {"document_type": "Payment Entry", "closed": 1})
        self._periods.append(made.insert().name)
        frappe.db.commit()

    def open_books(self) -> None:
        """Undo ``close_books``."""
        for name in self._periods:
            frappe.delete_doc("Accounting Period", name)
        frappe.db.commit()

    def write(self, change: Callable[[], Any], user: str = ANA) -> Any:
        """Do something in a transaction, in the name of a user."""
        frappe.db.rollback()
        with self.app.transactions.transaction(), self.app.users.acting_as(self.users[user], undoing=False):
            return change()

    # looking

    def outstanding(self, ref: InvoiceRef) -> int:
        return to_minor(Decimal(str(self.company.outstanding(*ref))), "IDR")

    def payment(self, name: str) -> dict[str, Any]:
        row = frappe.get_doc("Payment Entry", name)
        owner = next((short for short, user in self.users.items() if user == row.owner), row.owner)
        amount = to_minor(Decimal(str(row.paid_amount)), "IDR")
        return {"amount": amount, "batch_run": row.batch_run, "owner": owner, "docstatus": row.docstatus}

    def dump(self) -> dict[str, Any]:
        return Desk.dump()

    def check_books(self) -> None:
        """Assert that what was posted balances, and that invoices and payment ledger agree."""
        unbalanced = frappe.db.sql(
            """select voucher_no from `tabGL Entry` where company = %s and voucher_type = 'Payment Entry'
            group by voucher_no having abs(sum(debit) - sum(credit)) > 0.001""",
            self.company.company,
        )
        different = frappe.db.sql(
            """select i.name from `tabPurchase Invoice` i where i.company = %s and i.docstatus = 1
            and abs(i.outstanding_amount - (select coalesce(sum(p.amount), 0) from `tabPayment Ledger Entry` p
                where p.against_voucher_type = 'Purchase Invoice' and p.against_voucher_no = i.name
                and p.delinked = 0)) > 0.001""",
            self.company.company,
        )
        assert (unbalanced, different) == ((), ())
