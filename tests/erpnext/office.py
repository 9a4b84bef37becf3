"""A company on ERPNext for tests: its accounts, parties and documents, made through ERPNext's own doctypes.

Documents are committed as they are made, as a person's saved form would be, so that other connections (a worker, a
second user) see them. Amounts are in the company's currency, major units.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from frappe.utils import getdate, nowdate
from frappe.utils.password import update_password

COMPANY = "Imogi Bench Co"
PASSWORD = "test"
Amount = int | float | Decimal | str


def connect(site: str) -> None:
    """Connect ``frappe`` to a site as Administrator; the working folder is the bench's ``sites``."""
    frappe.init(site=site, sites_path=".")
    frappe.connect()
    frappe.set_user("Administrator")
    frappe.flags.mute_emails = True


class ErpOffice:
    """Everything a test needs at hand; what is missing on the site is made.

    Args:
        company: its name.
        currency: its default currency; the accounts' too.

    Attributes:
        abbr: the company's abbreviation.
        bank_gl, cash_gl: ledger accounts of type Bank and Cash.
        bank_account: the Bank Account document of ``bank_gl``.
        cost_center, expense_gl, income_gl: the company's defaults.
        item: a non-stock item.
    """

    def __init__(self, company: str = COMPANY, *, currency: str = "IDR") -> None:
        self.company, self.currency = company, currency
        _fiscal_years()
        self.abbr = self._make_company()
        self.bank_gl = self.gl_account("Bank Ledger", "Bank")
        self.cash_gl = self.gl_account("Cash Ledger", "Cash")
        self.bank_account = self.new_bank_account("Current Account", self.bank_gl)
        found = frappe.get_doc("Company", company)  # not the cached one: a new company is completed after it is saved
        self.cost_center, self.income_gl = found.cost_center, found.default_income_account
        self.expense_gl = found.default_expense_account
        self.item = _item()
        frappe.db.commit()

    # the company

    def _make_company(self) -> str:
        if not frappe.db.exists("Company", self.company):
            _frappe_doc(
                "Company",
                company_name=self.company,
                abbr="".join(word[0] for word in self.company.split()).upper(),
                default_currency=self.currency,
                country="Indonesia",
                chart_of_accounts="Standard",
                enable_perpetual_inventory=0,
            ).insert()
            frappe.db.commit()
        return str(frappe.db.get_value("Company", self.company, "abbr"))

    def gl_account(self, title: str, account_type: str, currency: str | None = None) -> str:
        """Return a ledger account of type Bank or Cash, made where it is missing."""
        name = f"{title} - {self.abbr}"
        if not frappe.db.exists("Account", name):
            group = {"Bank": "Bank Accounts", "Cash": "Cash In Hand"}[account_type]
            _frappe_doc(
                "Account",
                account_name=title,
                parent_account=f"{group} - {self.abbr}",
                company=self.company,
                account_type=account_type,
                account_currency=currency or self.currency,
            ).insert()
        return name

    def new_bank_account(self, title: str, gl_account: str) -> str:
        """Return the Bank Account document of a ledger account, made where it is missing."""
        bank = f"Bank of {self.company}"
        if not frappe.db.exists("Bank", bank):
            _frappe_doc("Bank", bank_name=bank).insert()
        found = frappe.db.get_value("Bank Account", {"account": gl_account})
        if found:
            return str(found)
        made = _frappe_doc(
            "Bank Account",
            account_name=title,
            bank=bank,
            account=gl_account,
            company=self.company,
            is_company_account=1,
        )
        return str(made.insert().name)

    # parties and users

    def supplier(self, name: str | None = None) -> str:
        """Return a supplier, made where it is missing; without a name, the one that all tests share."""
        name = name or "Shared Supplier"
        if not frappe.db.exists("Supplier", name):
            group = _leaf("Supplier Group")
            _frappe_doc("Supplier", supplier_name=name, supplier_group=group, supplier_type="Company").insert()
            frappe.db.commit()
        return name

    def customer(self, name: str | None = None) -> str:
        """Return a customer, made where it is missing; without a name, the one that all tests share."""
        name = name or "Shared Customer"
        if not frappe.db.exists("Customer", name):
            where = {"customer_group": _leaf("Customer Group"), "territory": _leaf("Territory")}
            _frappe_doc("Customer", customer_name=name, customer_type="Company", **where).insert()
            frappe.db.commit()
        return name

    def user(self, name: str, *roles: str) -> str:
        """Return the id of a user with exactly these roles and the password "test"; made where it is missing.

        Args:
            name: a first name, such as "ana"; or an e-mail address.
        """
        email = name if "@" in name else f"{name}@office.example"
        if frappe.db.exists("User", email):
            user = frappe.get_doc("User", email)
            user.set("roles", [])
        else:
            user = _frappe_doc("User", email=email, first_name=name.partition("@")[0].title(), send_welcome_email=0)
            user.flags.ignore_password_policy = True
            user.insert()
        user.enabled, user.user_type = 1, "System User"
        user.add_roles(*roles)
        update_password(email, PASSWORD)
        frappe.db.commit()
        return email

    # documents

    def purchase_invoice(self, amount: Amount = 100, *, supplier: str | None = None, **how: Any) -> str:
        """Make a Purchase Invoice of one line, to be paid as one sum; return its name.

        Args:
            amount: of its one line, before tax.
            how: ``posting_date``, ``due_date`` (default: ``posting_date``), ``submit`` (default: True), and fields.
        """
        party = {"supplier": supplier or self.supplier(), "bill_no": frappe.generate_hash(length=10)}
        return self._invoice("Purchase Invoice", amount, {"expense_account": self.expense_gl}, party, **how)

    def sales_invoice(self, amount: Amount = 100, *, customer: str | None = None, **how: Any) -> str:
        """Make a Sales Invoice of one line; arguments as for ``purchase_invoice``."""
        party = {"customer": customer or self.customer()}
        return self._invoice("Sales Invoice", amount, {"income_account": self.income_gl}, party, **how)

    def sales_order(
        self,
        amount: Amount = 100,
        *,
        customer: str | None = None,
        lines: int = 1,
        item: str | None = None,
        submit: bool = True,
        **fields: Any,
    ) -> str:
        """Make a Sales Order, to be delivered today; return its name.

        Args:
            amount: the rate of each of its lines, before tax; each is of quantity 1.
            item: of its lines; by default the one that is no stock.
            fields: of the order; ``line`` are fields of each line.
        """
        line = {"item_code": item or self.item, "qty": 1, "rate": float(amount), "cost_center": self.cost_center}
        line |= {"delivery_date": nowdate(), **fields.pop("line", {})}
        made = _frappe_doc(
            "Sales Order",
            company=self.company,
            customer=customer or self.customer(),
            transaction_date=nowdate(),
            delivery_date=nowdate(),
            order_type="Sales",
        )
        for _ in range(lines):
            made.append("items", line)
        made.update(fields)
        return _saved(made, submit)

    def _invoice(
        self,
        doctype: str,
        amount: Amount,
        account: dict[str, str],
        party: dict[str, str],
        *,
        posting_date: object = None,
        due_date: object = None,
        submit: bool = True,
        **fields: Any,
    ) -> str:
        posting_date = posting_date or nowdate()
        line = {"item_code": self.item, "qty": 1, "rate": float(amount), "cost_center": self.cost_center, **account}
        if fields.get("is_return"):
            line["qty"], line["rate"] = -1, abs(float(amount))
        made = _frappe_doc(
            doctype,
            company=self.company,
            set_posting_time=1,
            posting_date=posting_date,
            due_date=due_date or posting_date,
            **party,
        )
        made.append("items", line)
        made.update(fields)
        return _saved(made, submit)

    def bank_transaction(
        self, amount: Amount, *, bank_account: str | None = None, submit: bool = True, **fields: Any
    ) -> str:
        """Enter a line of the bank statement, a deposit above zero and a withdrawal below; return its name."""
        side = "deposit" if float(amount) > 0 else "withdrawal"
        made = _frappe_doc(
            "Bank Transaction",
            company=self.company,
            bank_account=bank_account or self.bank_account,
            date=nowdate(),
            currency=self.currency,
            description=f"Statement line {frappe.generate_hash(length=8)}",
            reference_number=frappe.generate_hash(length=10),
        )
        made.set(side, abs(float(amount)))
        made.update(fields)
        return _saved(made, submit)

    def pay(
        self, doctype: str, invoice: str, *, account: str = "bank", amount: Amount | None = None, submit: bool = True
    ) -> str:
        """Pay an invoice the way its form's *Payment* button does; return the Payment Entry's name.

        Args:
            account: "bank", "cash", or a ledger account's name.
            amount: what is paid of it; by default all that is outstanding.
        """
        account = {"bank": self.bank_gl, "cash": self.cash_gl}.get(account, account)
        part = None if amount is None else float(amount)
        made = get_payment_entry(doctype, invoice, party_amount=part, bank_account=account)
        made.reference_no, made.reference_date = frappe.generate_hash(length=10), nowdate()
        return _saved(made, submit)

    # looking

    @staticmethod
    def status(doctype: str, name: str) -> str:
        """Return a document's status, from its row."""
        return str(frappe.db.get_value(doctype, name, "status"))

    @staticmethod
    def outstanding(doctype: str, name: str) -> float:
        """Return an invoice's outstanding amount, from its row."""
        return float(frappe.db.get_value(doctype, name, "outstanding_amount"))

    @staticmethod
    def gl_rows(voucher_type: str, voucher_no: str) -> list[dict[str, Any]]:
        """Return a voucher's live ledger rows: account, debit, credit, party, against_voucher; by account."""
        rows = frappe.get_all(
            "GL Entry",
            filters={"voucher_type": voucher_type, "voucher_no": voucher_no, "is_cancelled": 0},
            fields=["account", "debit", "credit", "party", "against_voucher"],
            order_by="account, debit, credit, against_voucher",
        )
        return [dict(row) for row in rows]


def _frappe_doc(doctype: str, **fields: Any) -> Any:
    return frappe.get_doc({"doctype": doctype, **fields})


def _saved(made: Any, submit: bool) -> str:
    made.insert()
    if submit:
        made.submit()
    frappe.db.commit()
    return str(made.name)


def _leaf(doctype: str) -> str:
    """Return some group that is no parent, made where a site was never set up."""
    found = frappe.db.get_value(doctype, {"is_group": 0})
    if found:
        return str(found)
    field = frappe.scrub(doctype) + "_name"
    if not frappe.db.exists(doctype, f"All {doctype}s"):
        root = _frappe_doc(doctype, **{field: f"All {doctype}s", "is_group": 1})
        root.flags.ignore_mandatory = True
        root.insert()
    leaf = _frappe_doc(doctype, **{field: f"Office {doctype}", f"parent_{frappe.scrub(doctype)}": f"All {doctype}s"})
    return str(leaf.insert().name)


def _item() -> str:
    name = "Consulting Hour"
    if not frappe.db.exists("Item", name):
        unit = frappe.db.get_value("UOM", "Nos") or _frappe_doc("UOM", uom_name="Nos").insert().name
        kind = {"item_group": _leaf("Item Group"), "stock_uom": unit, "is_stock_item": 0}
        _frappe_doc("Item", item_code=name, item_name=name, **kind).insert()
    return name


def _fiscal_years() -> None:
    """Have last year, this one and the next."""
    this = getdate().year
    for year in (this - 1, this, this + 1):
        if not frappe.db.exists("Fiscal Year", {"year_start_date": f"{year}-01-01"}):
            dates = {"year_start_date": f"{year}-01-01", "year_end_date": f"{year}-12-31"}
            _frappe_doc("Fiscal Year", year=str(year), **dates).insert()
