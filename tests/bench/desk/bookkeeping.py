"""What a test of the Desk has on its site: bank transactions with the unpaid invoices that they pay, and users.

It runs inside the site (``bench.inside``). One invoice of each party is made by ERPNext; the others are copies of all
its rows, for speed: what is tested is how they are paid.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe.permissions import add_permission, update_permission_property

from tests.erpnext.office import ErpOffice

PARTIES = ("CV Dapur Nusantara", "PT Maju Bersama", "PT Sinar Abadi", "Toko Makmur", "UD Sumber Rejeki")
TOOL = "Bank Reconciliation Tool"
_OWN_ROWS = {
    "Purchase Invoice": ("Purchase Invoice Item", "Payment Schedule"),
    "Sales Invoice": ("Sales Invoice Item", "Payment Schedule"),
}
_LEDGERS = {"GL Entry": "against_voucher", "Payment Ledger Entry": "against_voucher_no"}


def scene(title: str, *, count: int, deposit: bool = False, first_amount: int = 100_000) -> dict[str, Any]:
    """Make a company with ``count`` unpaid invoices and one bank transaction for their sum.

    Args:
        title: the company's name; its initials must be no other company's.
        deposit: sales invoices and money that came in, instead of purchase invoices and money that went out.

    Returns:
        company, bank_account, transaction, doctype, invoices (names), total (major units).
    """
    office = ErpOffice(title)
    doctype = "Sales Invoice" if deposit else "Purchase Invoice"
    amounts = [first_amount + 17_500 * number for number in range(len(PARTIES))]
    invoices: list[str] = []
    for number, (party, amount) in enumerate(zip(PARTIES, amounts, strict=True)):
        wanted = len(range(number, count, len(PARTIES)))
        due = frappe.utils.add_days(frappe.utils.nowdate(), 5 * number - 10)
        dates = {"posting_date": frappe.utils.add_days(frappe.utils.nowdate(), -30), "due_date": due}
        if deposit:
            first = office.sales_invoice(amount, customer=office.customer(party), **dates)
        else:
            first = office.purchase_invoice(amount, supplier=office.supplier(party), **dates)
        invoices += [first, *_copies(doctype, first, wanted - 1)]
    total = sum(amount * len(range(number, count, len(PARTIES))) for number, amount in enumerate(amounts))
    description = "SETORAN PELANGGAN BATCH" if deposit else "TRSF E-BANKING DB PEMBAYARAN SUPPLIER BATCH"
    transaction = office.bank_transaction(total if deposit else -total, description=description)
    frappe.db.commit()
    return {
        "company": office.company,
        "bank_account": office.bank_account,
        "transaction": transaction,
        "doctype": doctype,
        "invoices": invoices,
        "total": total,
    }


def _copies(doctype: str, first: str, count: int) -> list[str]:
    """Copy an invoice and its ledger rows ``count`` times, each in one statement."""
    if count < 1:
        return []
    name = f"concat({frappe.db.escape(first)}, '-', lpad(s.seq, 5, '0'))"
    _copy(doctype, f"t.name = {frappe.db.escape(first)}", count, {"name": name})
    for child in _OWN_ROWS[doctype]:
        where = f"t.parenttype = {frappe.db.escape(doctype)} and t.parent = {frappe.db.escape(first)}"
        _copy(child, where, count, {"name": "concat(t.name, '-', s.seq)", "parent": name})
    for ledger, against in _LEDGERS.items():
        where = f"t.voucher_type = {frappe.db.escape(doctype)} and t.voucher_no = {frappe.db.escape(first)}"
        own = {
            "name": "concat(t.name, '-', s.seq)",
            "voucher_no": name,
            against: f"if(t.{against} = {frappe.db.escape(first)}, {name}, t.{against})",
        }
        _copy(ledger, where, count, own)
    return [f"{first}-{number:05}" for number in range(1, count + 1)]


def _copy(doctype: str, where: str, count: int, own: dict[str, str]) -> None:
    columns = [column for column in frappe.db.get_table_columns(doctype) if column not in own]
    kept = ", ".join(f"`{column}`" for column in columns)
    taken = ", ".join([*own.values(), *(f"t.`{column}`" for column in columns)])
    frappe.db.sql(
        f"insert into `tab{doctype}` ({', '.join(own)}, {kept}) "
        f"select {taken} from `tab{doctype}` t join seq_1_to_{count} s where {where}"
    )


def people() -> None:
    """Have the users of the tests: dina reconciles, vera watches, noor does neither; all keep the books."""
    office = ErpOffice()
    for role in ("create", "write"):
        add_permission(TOOL, "Accounts Manager", 0)  # ERPNext leaves the tool to System Managers
        update_permission_property(TOOL, "Accounts Manager", 0, role, 1)
    office.user("dina", "Accounts User", "Accounts Manager", "Bulk Reconciliation User")
    office.user("vera", "Accounts User", "Accounts Manager", "Bulk Reconciliation Viewer")
    office.user("noor", "Accounts User", "Accounts Manager")
    office.user("indah", "Accounts User", "Accounts Manager", "Bulk Reconciliation User")
    frappe.db.set_value("User", "indah@office.example", "language", "id")
    frappe.clear_cache()
    frappe.db.commit()


def state(transaction: str, doctype: str, invoices: list[str]) -> dict[str, Any]:
    """Return what is left on the books: statuses with how often, outstanding in all, live payments, the transaction."""
    frappe.db.rollback()
    rows = frappe.get_all(doctype, {"name": ("in", invoices)}, ["status", "outstanding_amount"])
    payments = frappe.db.sql(
        """select count(distinct p.name), coalesce(sum(r.allocated_amount), 0) from `tabPayment Entry Reference` r
        join `tabPayment Entry` p on p.name = r.parent and p.docstatus = 1 where r.reference_name in %s""",
        (invoices,),
    )[0]
    found = frappe.db.get_value("Bank Transaction", transaction, ["status", "unallocated_amount"], as_dict=True)
    statuses: dict[str, int] = {}
    for row in rows:
        statuses[row.status] = statuses.get(row.status, 0) + 1
    return {
        "statuses": statuses,
        "outstanding": sum(float(row.outstanding_amount) for row in rows),
        "payments": int(payments[0]),
        "paid": float(payments[1]),
        "transaction": found.status,
        "unallocated": float(found.unallocated_amount),
    }


def run_of(transaction: str) -> dict[str, Any]:
    """Return the newest run of a bank transaction, from its row."""
    frappe.db.rollback()
    return dict(
        frappe.get_all(
            "Batch Run",
            {"reference_name": transaction},
            ["name", "status", "requested_by", "processed", "total", "error"],
            order_by="creation desc, name desc",
            limit=1,
        )[0]
    )
