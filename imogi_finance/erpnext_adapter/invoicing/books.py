"""The door onto ERPNext's orders and invoices."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date

import frappe
from erpnext import get_company_currency
from frappe.utils import getdate, nowdate

from imogi_finance.batch_invoicing.documents import INVOICE_TYPE, Order
from imogi_finance.batch_invoicing.options import Options
from imogi_finance.erpnext_adapter.books.permissions import readable
from imogi_finance.erpnext_adapter.invoicing import holding, making, reading
from imogi_finance.erpnext_adapter.invoicing.objections import objections
from imogi_finance.errors import NotPermitted, Problem


class ERPNextInvoicingBooks:
    """See ``imogi_finance.batch_invoicing.doors.InvoicingBooks``. All is done and checked as Frappe's session user.

    Args:
        savepoint: keeps what is done in the block, or takes all of it back on an exception.
        numbered_apart: whether invoices are numbered so that workers do not wait for each other; then a number may
            be missing where a chunk was given up.
    """

    def __init__(self, savepoint: Callable[[], AbstractContextManager[None]], *, numbered_apart: bool = False) -> None:
        self._savepoint = savepoint
        self._numbered_apart = numbered_apart

    def today(self) -> date:
        return getdate(nowdate())

    def company_currency(self, company: str) -> str | None:
        return str(get_company_currency(company)) if readable("Company", [company]) else None

    def check_may_invoice(self, company: str, *, submit: bool) -> None:
        user = frappe.session.user
        for right in ("create", "submit") if submit else ("create",):
            if not frappe.has_permission(INVOICE_TYPE, right):
                raise NotPermitted(f"Company {company}", f"{user} may not {right} a {INVOICE_TYPE}.")

    def orders(self, names: Collection[str]) -> Mapping[str, Order]:
        return reading.orders(names)

    def open_orders(self, company: str) -> Sequence[str]:
        return reading.open_orders(company)

    def objections(self, company: str, orders: Sequence[Order], options: Options) -> Iterable[Problem]:
        return objections(company, orders, options)

    def hold(self, names: Sequence[str], options: Options) -> holding.HeldOrders:
        return holding.hold(names)

    def invoice(self, names: Sequence[str], options: Options, *, company: str, run: str, held: object = None) -> str:
        return making.invoice(
            names,
            options,
            company=company,
            run=run,
            held=held if isinstance(held, holding.HeldOrders) else holding.hold(names),
            savepoint=self._savepoint,
            numbered_apart=self._numbered_apart,
        )
