"""``awaiting`` and ``check``: what waits for the bank, and whether flags and statuses say what the rows say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
import frappe
from frappe.utils import getdate

from imogi_finance.commands.main import BenchCall, command
from imogi_finance.commands.rows_shown import in_minor
from imogi_finance.erpnext_adapter import drift
from imogi_finance.erpnext_adapter.awaiting_payments import AwaitingPayment, awaiting_payments
from imogi_finance.errors import NotPermitted, Refused
from imogi_finance.money import exponent
from imogi_finance.terminal.output import money
from imogi_finance.terminal.paging import say_more
from imogi_finance.terminal.table import Table

_MENDER = "System Manager"
Json = dict[str, Any]


@command("awaiting")
@click.option("--company", metavar="NAME", help="Only of this company (default: all that the user may see).")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, metavar="N", help="Most rows shown.")
@click.option("--offset", type=click.IntRange(0), default=0, metavar="N", help="Rows to pass over first.")
def awaiting(call: BenchCall, *, company: str | None, limit: int, offset: int) -> None:
    """List the bank payments that no bank statement has confirmed yet, the longest waiting first."""
    with call.open():
        found = [
            _shown(payment)
            for name in _companies(company)
            for payment in awaiting_payments(company=name, as_on=getdate())
        ]
    found.sort(key=lambda row: (row["posting_date"], row["name"]))
    sums = _sums(found)
    call.out.json({"payments": found[offset : offset + limit], "total": len(found), "sums": sums})
    table = Table(("Payment", "Date", ">Days", "~Party", "~Bank account", "", ">Amount", ">Awaited"))
    for row in found[offset : offset + limit]:
        amounts = [money(row[name], row["exponent"]) for name in ("amount", "awaited")]
        account = row["bank_account"] or row["account"]
        table.add_row(
            row["name"], row["posting_date"], f"{row['days']:,}", row["party"], account, row["currency"], *amounts
        )
    for total in sums:
        table.add_section()
        awaited = money(total["awaited"], total["exponent"])
        table.add_row(
            f"{total['payments']:,} in all", "", "", "", total["account"], total["currency"], "", awaited, style="bold"
        )
    call.out.table(table)
    say_more(call.out, min(len(found), offset + limit), len(found))


def _companies(named: str | None) -> Sequence[str]:
    permitted: list[str] = frappe.get_list("Company", pluck="name", order_by="name")
    if named is None:
        return permitted
    if named not in permitted:
        remedy = f"Choose one of: {', '.join(permitted) or 'none'}."
        raise Refused.because(f"Company {named}", "unknown_company", "It does not exist.", remedy)
    return [named]


def _shown(payment: AwaitingPayment) -> Json:
    currency = payment.currency
    amounts = {name: in_minor(getattr(payment, name), currency) for name in ("amount", "covered", "awaited")}
    return {
        "name": payment.name,
        "posting_date": payment.posting_date.isoformat(),
        "days": payment.days,
        "payment_type": payment.payment_type,
        "party_type": payment.party_type,
        "party": payment.party,
        "account": payment.account,
        "bank_account": payment.bank_account,
        "currency": currency,
        "exponent": exponent(currency),
        "invoices": [f"{doctype} {name}" for doctype, name in payment.invoices],
        **amounts,
    }


def _sums(rows: Sequence[Json]) -> list[Json]:
    sums: dict[str, Json] = {}
    for row in rows:
        kept = {name: row[name] for name in ("account", "currency", "exponent")}
        total = sums.setdefault(row["account"], {**kept, "payments": 0, "awaited": 0})
        total["payments"] += 1
        total["awaited"] += row["awaited"]
    return [sums[account] for account in sorted(sums)]


@command("check")
def check(call: BenchCall) -> None:
    """Compare every flag and held status with the rows, and mend what differs; a daily job does the same."""
    with call.open() as session:
        if session.user != "Administrator" and _MENDER not in frappe.get_roles(session.user):
            raise NotPermitted(f"User {session.user}", f"Checking and mending takes the role {_MENDER}.")
        mended = drift.check()
    rows = [{"document": one.document, "found": one.found, "mended": one.mended} for one in mended]
    call.out.json({"mended": rows, "total": len(rows)})
    if not rows:
        call.out.say(("✓ Every flag and status says what the rows say.", "green"))
        return
    table = Table(("Document", "Said", "Says now"))
    for row in rows:
        table.add_row(row["document"], row["found"], row["mended"])
    call.out.table(table)
    call.out.say((f"{len(rows):,} documents did not say what their rows say, and were mended.", "yellow"))
