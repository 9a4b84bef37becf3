"""ERPNext's side of the shop that the contract of InvoicingBooks is tested in: what ``tests/support/shop.py`` has."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note
from frappe.utils import getdate, nowdate

from imogi_finance.batch_invoicing.documents import Order
from imogi_finance.money import to_minor
from tests.erpnext.contract.books_office import BooksOffice
from tests.erpnext.invoicing.seller import Seller
from tests.erpnext.office import ErpOffice
from tests.support.office import ANA

ORDER, INVOICE = "Sales Order", "Sales Invoice"


class OrdersOffice(BooksOffice):
    """A company whose orders are invoiced as ANA or VIC, one transaction each."""

    def __init__(self, company: ErpOffice) -> None:
        super().__init__(company)
        frappe.get_doc("User", self.users[ANA]).add_roles("Sales User")
        frappe.db.commit()
        self.company_name = company.company
        self._customer = self.new_customer()

    @property
    def day(self) -> date:
        return getdate(nowdate())

    # orders

    def order(
        self, total: object = "100.00", *, customer: str | None = None, delivered: int = 0, submit: bool = True
    ) -> str:
        """Make an order of ten pieces; ``delivered`` says how many of them are."""
        customer = self._customer if customer is None else self.company.customer(customer)
        name = self.company.sales_order(
            str(Decimal(str(total)) / 10), customer=customer, submit=submit, line={"qty": 10}
        )
        if delivered:
            self.deliver(name, Decimal(delivered) / 10)
        return name

    def orders(self, count: int, **how: Any) -> list[str]:
        return [self.order(**how) for _ in range(count)]

    def new_customer(self) -> str:
        return self.company.customer(f"Contract Customer {frappe.generate_hash(length=8)}")

    def hold(self, name: str) -> None:
        Seller.turn(name, "On Hold")

    def close(self, name: str) -> None:
        Seller.turn(name, "Closed")

    def cancel_order(self, name: str) -> None:
        frappe.get_doc(ORDER, name).cancel()
        frappe.db.commit()

    def deliver(self, name: str, share: object = 1) -> None:
        """Deliver up to a share of each line."""
        note = make_delivery_note(name)
        for line in note.items:
            ordered, done = frappe.db.get_value("Sales Order Item", line.so_detail, ("qty", "delivered_qty"))
            line.qty = float(Decimal(str(ordered)) * Decimal(str(share)) - Decimal(str(done)))
        note.insert()
        note.submit()
        frappe.db.commit()

    def limit(self, amount: object, *, customer: str) -> None:
        """Let a customer owe no more than an amount by invoices."""
        document = frappe.get_doc("Customer", customer)
        row = {"company": self.company_name, "credit_limit": float(str(amount)), "bypass_credit_limit_check": 1}
        document.set("credit_limits", [row])
        document.flags.ignore_validate = True  # the form asks that it is above what is owed by orders
        document.save()
        frappe.db.commit()

    def bill(self, name: str, *, submit: bool = True) -> str:
        return Seller.bill(name, submit=submit)

    def close_books(self) -> None:
        period = {"period_name": frappe.generate_hash(length=8), "start_date": nowdate(), "end_date": nowdate()}
        made = frappe.get_doc({"doctype": "Accounting Period", "company": self.company_name, **period})
        made.append("closed_documents", {"document_type": INVOICE, "closed": 1})
        self._periods.append(made.insert().name)
        frappe.db.commit()

    # looking

    def known(self, name: str) -> Order:
        return self.write(lambda: self.app.invoicing_books.orders([name])[name])

    def billing(self, name: str) -> list[str]:
        return Seller.billing(name)

    def sales_invoice(self, name: str) -> dict[str, Any]:
        row = frappe.get_doc(INVOICE, name)
        owner = next((short for short, user in self.users.items() if user == row.owner), row.owner)
        amount = to_minor(Decimal(str(row.grand_total)), "IDR")
        kept = {"name": row.name, "docstatus": row.docstatus, "batch_run": row.batch_run}
        return {**kept, "owner": owner, "amount": amount, "posting_date": row.posting_date}

    def dump(self) -> dict[str, Any]:
        return Seller.dump()

    def check_books(self) -> None:
        """Assert that what was posted balances, and that no order is billed above its total."""
        super().check_books()
        unbalanced = frappe.db.sql(
            """select voucher_no from `tabGL Entry` where company = %s and voucher_type = 'Sales Invoice'
            group by voucher_no having abs(sum(debit) - sum(credit)) > 0.001""",
            self.company_name,
        )
        overbilled = frappe.db.sql(
            """select o.name from `tabSales Order` o join `tabSales Order Item` i on i.parent = o.name
            where o.company = %s and abs(i.billed_amt) - abs(i.amount) > 0.001""",
            self.company_name,
        )
        assert (unbalanced, overbilled) == ((), ())
