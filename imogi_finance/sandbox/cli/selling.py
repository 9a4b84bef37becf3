"""``order``, ``bill``, ``credit-limit`` and the invoices made of orders: what people do by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import click

from imogi_finance.batch_invoicing.documents import INVOICE_TYPE
from imogi_finance.money import parse_amount
from imogi_finance.sandbox import order_views
from imogi_finance.sandbox.cli.command import Invocation, SandboxGroup, command
from imogi_finance.sandbox.cli.session import open_session
from imogi_finance.sandbox.composition import App
from imogi_finance.sandbox.selling import Selling
from imogi_finance.terminal.output import money, status
from imogi_finance.terminal.table import Table

_Change = Callable[[Selling, str], str]


@click.group("order", cls=SandboxGroup)
def order() -> None:
    """Look at a sales order, or change it: submit, hold, close, reopen, deliver, cancel."""


def _changing(name: str, change: _Change, words: str) -> click.Command:
    @command(name)
    @click.argument("names", metavar="ORDER", nargs=-1, required=True)
    def changing(call: Invocation, *, names: tuple[str, ...]) -> None:
        _change_all(call, names, change)

    changing.help = words
    return changing


def _change_all(call: Invocation, names: Sequence[str], change: _Change) -> None:
    """Change all of the orders, or none."""
    with open_session(call.home) as session, session.writing() as app:
        found = {name: change(app.selling, name) for name in names}
    call.out.json({"orders": [{"name": name, "status": now} for name, now in found.items()]})
    for name, now in found.items():
        call.out.say(("✓ ", "green"), (name, "bold"), " is ", status(now), " now.")


for _name, _change, _words in (
    ("submit", Selling.submit_order, "Submit drafts."),
    ("hold", Selling.hold_order, "Put orders on hold: they are not invoiced."),
    ("close", Selling.close_order, "Close orders: nothing more of them is delivered or invoiced."),
    ("reopen", Selling.reopen_order, "Take orders up again that are on hold or closed."),
    ("cancel", Selling.cancel_order, "Cancel orders that no invoice bills."),
):
    order.add_command(_changing(_name, _change, _words))


@command("deliver")
@click.argument("names", metavar="ORDER", nargs=-1, required=True)
@click.option("--share", type=click.FloatRange(0, 1, min_open=True), default=1.0, help="Up to this share of each line.")
def _deliver(call: Invocation, *, names: tuple[str, ...], share: float) -> None:
    """Deliver orders, in part or in full."""
    _change_all(call, names, lambda selling, name: selling.deliver_order(name, Decimal(str(share))))


@command("show")
@click.argument("name", metavar="ORDER")
def _show(call: Invocation, *, name: str) -> None:
    """Show an order with its lines and the invoices that bill it."""
    with open_session(call.home) as session, session.rows.reading():
        found = order_views.order(session.rows, name)
    call.out.json(found)
    of = found["order"]
    words = f" of {of['customer']}, {of['order_date']}, {of['reference']}: "
    call.out.say((name, "bold"), words, status(of["status"]))
    table = Table(("~Item", ">Ordered", ">Delivered", ">Billed", f">{of['currency']} each"))
    for line in found["lines"]:
        rate = money(line["rate"], line["exponent"])
        table.add_row(line["item"], line["qty"], line["delivered"], line["billed"], rate)
    call.out.table(table)
    for invoice in found["invoices"]:
        amount = money(invoice["billed"], invoice["exponent"])
        call.out.say(f"  {invoice['name']} bills {amount} of it: ", status(invoice["status"]))


order.add_command(_deliver)
order.add_command(_show)


@command("bill")
@click.argument("names", metavar="ORDER", nargs=-1, required=True)
@click.option("--submit", is_flag=True, help="Submit the invoice; else it is a draft.")
def bill(call: Invocation, *, names: tuple[str, ...], submit: bool) -> None:
    """Make one invoice of orders of one customer by hand; see "invoice" for thousands."""
    with open_session(call.home) as session, session.writing() as app:
        made = app.selling.bill_by_hand(names, on=app.company.today, submit=submit)
    _say_invoices(call, [made], "is submitted" if submit else "is a draft")


def _of_invoices(name: str, words: str, done: str, change: Callable[[App, str], Sequence[str]]) -> click.Command:
    @command(name)
    @click.argument("names", metavar="INVOICE", nargs=-1, required=True)
    def changing(call: Invocation, *, names: tuple[str, ...]) -> None:
        with open_session(call.home) as session, session.writing() as app:
            for name in names:
                change(app, name)
        _say_invoices(call, names, done)

    changing.help = words
    return changing


def _submit(app: App, name: str) -> Sequence[str]:
    app.selling.invoices.submit(name)
    return ()


submit_invoice = _of_invoices(
    "submit-invoice", "Submit drafts of sales invoices: they are posted.", "is submitted", _submit
)
delete_invoice = _of_invoices(
    "delete-invoice",
    "Delete drafts of sales invoices.",
    "is deleted",
    lambda app, name: app.selling.invoices.delete_draft(name),
)
cancel_invoice = _of_invoices(
    "cancel-invoice",
    "Cancel sales invoices without payments: their orders can be invoiced again.",
    "is cancelled",
    lambda app, name: app.selling.invoices.cancel(name),
)


@command("credit-limit")
@click.argument("customer")
@click.argument("amount")
def credit_limit(call: Invocation, *, customer: str, amount: str) -> None:
    """Set how much a customer may owe, as 1234.50; "none" takes the limit away."""
    limit = None if amount.lower() == "none" else _amount(amount)
    with open_session(call.home) as session, session.writing() as app:
        app.selling.set_credit_limit(session.company["name"], customer, limit)
        found = order_views.credit_limits(session.rows)
    call.out.json({"limits": found})
    table = Table(("Customer", "", ">Owes", ">May owe"))
    for row in found:
        amounts = [money(row[name], row["exponent"]) for name in ("owed", "amount")]
        table.add_row(row["customer"], row["currency"], *amounts)
    call.out.table(table)


def _amount(text: str) -> Decimal:
    try:
        return parse_amount(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no amount; write it as 1234.50.", param_hint="AMOUNT") from error


def _say_invoices(call: Invocation, names: Sequence[str], done: str) -> None:
    call.out.json({"invoices": list(names), "done": done})
    for name in names:
        call.out.say(("✓ ", "green"), (f"{INVOICE_TYPE} {name}", "bold"), f" {done}.")
