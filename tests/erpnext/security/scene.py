"""Two companies with the same documents, and every kind of user who could want to see or touch the other's."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import nowdate

from imogi_finance.batch_invoicing.options import Options
from imogi_finance.erpnext_adapter.composition import compose
from imogi_finance.setting_up.roles import APPROVER, RECONCILER, REQUESTER, WATCHER
from tests.erpnext.office import PASSWORD, ErpOffice
from tests.support.doors import SilentQueue

ELSEWHERE = "Elsewhere Ltd"
ACCOUNTS = ("Accounts User", "Accounts Manager")
# Each kind of user: roles, and the company that a user permission keeps them to.
KINDS: dict[str, tuple[tuple[str, ...], str | None]] = {
    "plain": (("Employee",), None),
    "viewer": ((WATCHER, "Accounts User"), "A"),
    "asker": ((RECONCILER, *ACCOUNTS, "Purchase User"), "A"),
    "colleague": ((RECONCILER, *ACCOUNTS, "Purchase User"), "A"),
    "elsewhere": ((RECONCILER, *ACCOUNTS, "Purchase User"), "B"),
    "seller": (("Sales User",), "A"),
    "accountant": (ACCOUNTS, None),
    "disabled": ((RECONCILER, *ACCOUNTS), None),
    "requester": ((REQUESTER,), "A"),
    "approver": ((APPROVER,), "A"),
    "manager": (("System Manager",), None),
}


def build(office: ErpOffice) -> dict[str, Any]:
    """Make everything; return names: ``users`` by kind, and the documents of the companies ``A`` and ``B``."""
    settings = frappe.get_doc("IMOGI Finance Settings")
    settings.threshold = 50
    settings.save()
    companies = {"A": office, "B": ErpOffice(ELSEWHERE)}
    users = {kind: _user(office, kind, roles) for kind, (roles, _) in KINDS.items()}
    for kind, (_, company) in KINDS.items():
        if company:
            permit(users[kind], companies[company].company)
    askers = {"A": users["asker"], "B": users["elsewhere"]}
    return {
        "users": users,
        "password": PASSWORD,
        **{key: _documents(place, key, askers[key], users) for key, place in companies.items()},
    }


def permit(user: str, company: str) -> None:
    """Keep a user to a company."""
    where = {"user": user, "allow": "Company", "for_value": company}
    if not frappe.db.exists("User Permission", where):
        frappe.get_doc({"doctype": "User Permission", **where}).insert()
    frappe.db.commit()


def _user(office: ErpOffice, kind: str, roles: tuple[str, ...]) -> str:
    return office.user(f"{kind}.security", *roles)


def _documents(office: ErpOffice, key: str, asker: str, users: dict[str, str]) -> dict[str, Any]:
    supplier = office.supplier(f"Secret Supplier {key}")
    unpaid, in_work, paid = (office.purchase_invoice(70, supplier=supplier) for _ in range(3))
    ended, live = office.bank_transaction(-70), office.bank_transaction(-70)
    waiting_invoice = office.purchase_invoice(40, supplier=supplier)
    documents = {
        "company": office.company,
        "supplier": supplier,
        "customer": office.customer(f"Secret Customer {key}"),
        "bank_account": office.bank_account,
        "transaction": office.bank_transaction(-70, description=f"Secret purpose {key}"),
        "unpaid": unpaid,
        "draft": office.purchase_invoice(30, supplier=supplier, submit=False),
        "in_work": in_work,
        "paid": paid,
        "sale": office.sales_invoice(55, customer=office.customer(f"Secret Customer {key}")),
        "run": ask(asker, ended, paid, at_once=True),
        "run_transaction": ended,
        "live": ask(asker, live, in_work, at_once=False),
        "live_transaction": live,
        "payment": frappe.db.get_value("Payment Entry Reference", {"reference_name": paid}, "parent"),
        "waiting_invoice": waiting_invoice,
        "waiting": office.pay("Purchase Invoice", waiting_invoice),
        **_orders(office, key, asker),
        **_requests(office, supplier, users),
    }
    return {**documents, "item": f"{documents['run']}-000001"}


def _orders(office: ErpOffice, key: str, asker: str) -> dict[str, str]:
    """Make an order that is on hold, and one that a run of the asker's has invoiced."""
    customer = office.customer(f"Secret Customer {key}")
    held, billed = (office.sales_order(55, customer=customer) for _ in range(2))
    frappe.get_doc("Sales Order", held).update_status("On Hold")
    run = ask_for_orders(asker, billed)
    compose().engine.work(run, holder="scene")
    return {"order": held, "billed_order": billed, "order_run": run}


def ask_for_orders(user: str, *orders: str, **options: Any) -> str:
    """Ask for a run that submits an invoice of each order; return its name. No worker is rung for it."""
    frappe.db.commit()
    app = compose(queue=SilentQueue())
    chosen = Options(submit=True, **options)
    return str(app.invoicing.create_invoices_bulk(list(orders), user=user, options=chosen).run.name)


def ask(user: str, transaction: str, *invoices: str, at_once: bool) -> str:
    """Ask for a run over invoices; return its name. ``at_once``: it is worked before this returns."""
    frappe.db.commit()
    rows = [{"doctype": "Purchase Invoice", "name": name} for name in invoices]
    accepted = compose().reconciliation.create_payment_entries_bulk(transaction, rows, user=user, in_request=at_once)
    return str(accepted.run.name)


def _requests(office: ErpOffice, supplier: str, users: dict[str, str]) -> dict[str, str]:
    """Make one request of each kind for the requester, as a draft."""
    branch = "Secret Branch"
    if not frappe.db.exists("Branch", branch):
        frappe.get_doc({"doctype": "Branch", "branch": branch}).insert()
    line = {"expense_account": office.expense_gl, "description": "Secret purchase"}
    own = {
        "doctype": "Expense Request",
        "request_date": nowdate(),
        "supplier": supplier,
        "company": office.company,
        "currency": office.currency,
        "cost_center": office.cost_center,
        "purpose": "Secret purpose of a request",
        "items": [{**line, "amount": 25}],
    }
    of_branch = {
        "doctype": "Branch Expense Request",
        "posting_date": nowdate(),
        "company": office.company,
        "branch": branch,
        "request_type": "Expense",
        "purpose": "Secret purpose of a branch",
        "fiscal_year": frappe.db.get_value("Fiscal Year", {"year_start_date": f"{nowdate()[:4]}-01-01"}),
        "items": [{**line, "quantity": 1, "rate": 25, "cost_center": office.cost_center}],
    }
    made = {}
    for key, fields in (("request", own), ("branch_request", of_branch)):
        request = frappe.get_doc(fields)
        request.insert()
        frappe.db.set_value(request.doctype, request.name, "owner", users["requester"], update_modified=False)
        made[key] = str(request.name)
    frappe.db.commit()
    return made
