"""``pay``, ``cancel-payment`` and ``unreconcile``: single payments, and taking back."""

from __future__ import annotations

import re
from datetime import date

import click

from imogi_finance.errors import Refused
from imogi_finance.paid_status.doors import InvoiceRef
from imogi_finance.sandbox.cli.command import Invocation, command
from imogi_finance.sandbox.cli.session import open_session

_SHOWN = 20


def _iso_date(ctx: click.Context, param: click.Parameter, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not a date; write it as YYYY-MM-DD.", ctx, param) from error


@command("pay")
@click.argument("invoice")
@click.option("--from", "source", type=click.Choice(("cash", "bank")), required=True, help="Which account pays it.")
@click.option("--amount", metavar="AMOUNT", help="As 1234.50; all that is outstanding where it is missing.")
@click.option("--date", "on", metavar="YYYY-MM-DD", callback=_iso_date, help="Date of the payment (default: today).")
def pay(call: Invocation, *, invoice: str, source: str, amount: str | None, on: date | None) -> None:
    """Pay one invoice. Cash pays it at once; a bank payment waits for the bank statement."""
    with open_session(call.home) as session:
        ref = InvoiceRef(session.doctype_of(invoice), invoice)
        with session.writing() as app:
            day = on or app.clock.now().date()
            name = app.company.pay_invoice(ref, account_type=source.capitalize(), amount=amount, on=day)
            row = app.rows.get("invoice", *ref) or {}
            payment = app.rows.get("payment", name) or {}
    waits = bool(payment["awaiting"])
    call.out.json({"payment": name, "waiting": waits, "invoice": invoice, "status": row["status"]})
    call.out.say(("✓ ", "green"), (name, "bold"), f" pays {ref}, which is now ", (row["status"], "bold"), ".")
    if waits:
        call.out.say("  The payment waits for the bank: the invoice counts as paid once a statement confirms it.")


@command("cancel-payment")
@click.argument("name")
def cancel_payment(call: Invocation, *, name: str) -> None:
    """Cancel a payment: its ledger entries are reversed and its invoices are open again."""
    with open_session(call.home) as session:
        with session.writing() as app:
            before = app.rows.get("payment", name)
            app.books.cancel_payment(name)
        found = session.rows.query(
            """SELECT v.doctype, v.name, v.status FROM payment_reference r
            JOIN invoice v ON v.doctype = r.doctype AND v.name = r.invoice WHERE r.payment = ? ORDER BY r.line""",
            (name,),
        )
    was_cancelled = before is not None and before["docstatus"] == 2
    call.out.json({"payment": name, "was_cancelled_before": was_cancelled, "invoices": found})
    call.out.say(("✓ ", "green"), (name, "bold"), " was cancelled before." if was_cancelled else " is cancelled.")
    for row in found[:_SHOWN]:
        call.out.say(f"  {row['doctype']} {row['name']} is {row['status']}.")


@command("unreconcile")
@click.argument("transaction")
def unreconcile(call: Invocation, *, transaction: str) -> None:
    """Take every payment off a bank transaction; they wait for the bank again."""
    with open_session(call.home) as session, session.writing() as app:
        if app.rows.get("bank_transaction", transaction) is None:
            document = f"Bank Transaction {transaction}"
            raise Refused.because(document, "unknown_transaction", "It does not exist.", "See: show transactions.")
        payments = list(app.books.unreconcile(transaction))
        rows = [app.rows.get("payment", name) for name in payments]
        waiting = [row["name"] for row in rows if row and row["awaiting"]]
    call.out.json({"transaction": transaction, "payments": payments, "waiting": waiting})
    if not payments:
        call.out.say(f"Nothing was reconciled with {transaction}.")
        return
    call.out.say(("✓ ", "green"), f"{len(payments):,} payments are off {transaction}.")
    call.out.say((f"{len(waiting):,} payments wait for the bank again:", "yellow"))
    call.out.say(
        "  " + ", ".join(waiting[:_SHOWN]) + (f" … and {len(waiting) - _SHOWN:,} more" if len(waiting) > _SHOWN else "")
    )
    call.out.say("Cancel one with: ", (call.out.command("cancel-payment NAME"), "cyan"))
