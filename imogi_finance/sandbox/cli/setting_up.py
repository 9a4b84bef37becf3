"""``init`` and ``import``: make a company, and bring its documents in."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from imogi_finance.errors import Refused
from imogi_finance.money import display
from imogi_finance.sandbox.cli.command import Invocation, SandboxGroup, command
from imogi_finance.sandbox.cli.session import open_session
from imogi_finance.sandbox.home import Home
from imogi_finance.sandbox.importing.invoices import import_invoices
from imogi_finance.sandbox.importing.orders import import_orders
from imogi_finance.sandbox.importing.statement import FORMATS, import_statement
from imogi_finance.sandbox.sample import COMPANY, Sample, make_sample
from imogi_finance.sandbox.users import current_user
from imogi_finance.terminal.command import bad_usage
from imogi_finance.terminal.live import Live, bar
from imogi_finance.terminal.output import Output
from imogi_finance.terminal.text import Line

_WORTH_A_BAR = 1000
_LONGEST_NAME = 140


@command("init")
@click.option("--sample", type=click.IntRange(1, 100_000), metavar="N", help="Enter N unpaid invoices and bank lines.")
@click.option(
    "--orders", type=click.IntRange(1, 100_000), metavar="N", help="With --sample: enter N sales orders as well."
)
@click.option("--company", default=COMPANY, show_default=True, metavar="NAME", help="Name of the company.")
@click.option("--currency", default="IDR", show_default=True, help="Its currency, three letters.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed makes the same sample.")
def init(call: Invocation, *, sample: int | None, orders: int | None, company: str, currency: str, seed: int) -> None:
    """Make a sandbox: a company with a bank and a cash account, and you as its manager."""
    if orders and sample is None:
        raise bad_usage("--orders goes with --sample.")
    made = make_home(
        call.home, call.out, sample=sample, orders=orders or 0, company=company, currency=currency, seed=seed
    )
    answer: dict[str, Any] = {"home": str(call.home.path), "company": company.strip(), "currency": currency.upper()}
    answer |= {"user": current_user(), "sample": _sample_json(made) if made else None}
    call.out.json(answer)
    call.out.say(("✓ ", "green"), (company.strip(), "bold"), f" is ready in {call.home.path}.")
    if made:
        say_sample(call.out, made)
        call.out.say("Next: ", (call.out.command(f"reconcile {made.withdrawal} --all"), "cyan"))
        if made.orders:
            call.out.say("  and: ", (call.out.command("invoice --all --submit"), "cyan"))
    else:
        call.out.say("Next: ", (call.out.command("import invoices FILE"), "cyan"))


@contextmanager
def _bar(out: Output, words: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show a bar for long work, where somebody watches."""
    if not out.is_live:
        yield None
        return
    with Live(out.aside, passing=True) as live:

        def report(done: int, of: int) -> None:
            if of >= _WORTH_A_BAR and (done % 100 == 0 or done == of):
                counter = Line(f" {done:,} of {of:,}")
                room = max(8, out.aside.width - len(words) - 1 - counter.width)
                live.update([Line(words, " ", bar(room, done / of, "cyan"), counter)])

        yield report


def make_home(
    home: Home, out: Output, *, sample: int | None, orders: int = 0, company: str, currency: str, seed: int = 1
) -> Sample | None:
    """Make a home's database in full, or not at all; return its sample, if one was asked for.

    Raises:
        Refused: there is a sandbox already, or a name or currency is not possible.
    """
    from imogi_finance.sandbox.opening import open_app  # late: it brings RQ and Socket.IO

    company, currency = company.strip(), currency.strip().upper()
    _check(home, company, currency)
    home.path.mkdir(parents=True, exist_ok=True)
    draft = Home(Path(tempfile.mkdtemp(prefix="new-", dir=home.path)))
    made = None
    try:
        with (
            _bar(out, "Entering documents") as report,
            open_app(draft, create=True) as app,
            app.rows.transaction(),
        ):
            app.company.note_statuses_current()
            if sample is None:
                app.company.set_up(company, currency=currency, user=current_user())
            else:
                made = make_sample(
                    app,
                    invoices=sample,
                    orders=orders,
                    user=current_user(),
                    today=app.clock.now().date(),
                    company=company,
                    currency=currency,
                    seed=seed,
                    on_progress=report,
                )
        _check(home, company, currency)
        os.rename(draft.database, home.database)  # closed by now, so the file is the whole database
    finally:
        shutil.rmtree(draft.path)
    return made


def _check(home: Home, company: str, currency: str) -> None:
    if home.exists:
        remedy = "Use it, or choose another folder with --home."
        raise Refused.because(f"Folder {home.path}", "sandbox_exists", "There is a sandbox here already.", remedy)
    if not company or not company.isprintable() or len(company) > _LONGEST_NAME:
        remedy = f"Give 1 to {_LONGEST_NAME} characters."
        raise Refused.because("Company", "company_name", "The company's name is not usable.", remedy)
    if not re.fullmatch(r"[A-Z]{3}", currency):
        message = f"“{currency}” is not a currency."
        raise Refused.because("Company", "currency", message, "Give its three letters, such as IDR.")


def _sample_json(sample: Sample) -> dict[str, Any]:
    orders = _counts(asdict(sample.orders), sample) if sample.orders else None
    return _counts(asdict(sample), sample) | {"orders": orders}


def _counts(values: dict[str, Any], sample: Sample) -> dict[str, Any]:
    """Return how many names there are of each kind, and the total for people."""
    counts = {name: len(value) if isinstance(value, tuple) else value for name, value in values.items()}
    return counts | {"total": display(values["total"], sample.currency)}


def say_sample(out: Output, sample: Sample) -> None:
    """Say what a sample holds."""
    total = display(sample.total, sample.currency)
    out.say(f"  {len(sample.unpaid):>6,}  unpaid purchase invoices, together ", (total, "bold"))
    out.say("       1  bank withdrawal of exactly that sum: ", (sample.withdrawal, "bold"))
    out.say(f"  {len(sample.cash):>6,}  purchase invoices paid in cash, so Paid at once")
    paid = f"{len(sample.sales)}  sales invoices; deposit {sample.deposit} pays {len(sample.paid_by_deposit)} of them"
    out.say(f"       {paid}")
    out.say(f"       1  debit note, and {len(sample.misfits)} invoices in a currency that no bank account has")
    if orders := sample.orders:
        ready = display(orders.total, sample.currency)
        out.say(f"  {len(orders.ready):>6,}  sales orders to be invoiced, together ", (ready, "bold"))
        if orders.held or orders.bad:
            out.say(f"  {len(orders.held) + len(orders.bad):>6,}  sales orders that cannot be, each for another reason")


@click.group("import", cls=SandboxGroup)
def import_() -> None:
    """Bring invoices, orders or a bank statement in from a file. A file with a bad line is refused whole."""


@command("invoices")
@click.argument("file", type=click.Path(path_type=Path))
def _invoices(call: Invocation, *, file: Path) -> None:
    """Enter the invoices of a CSV file.

    Columns: type (purchase or sales), party, posting_date, due_date, reference (the number printed on
    it), total (above zero, tax included), and optionally currency and is_return (yes or no). Dates as
    YYYY-MM-DD, amounts as 1234.50; comma or semicolon between the cells; UTF-8.
    """
    with open_session(call.home) as session, _bar(call.out, "Entering invoices") as report, session.writing() as app:
        done = import_invoices(app.company, file, into=session.company, on_progress=report)
    call.out.json({"file": done.file, "invoices": len(done.names), "names": list(done.names)})
    span = f", {done.names[0]} to {done.names[-1]}" if len(done.names) > 1 else f": {done.names[0]}"
    call.out.say(("✓ ", "green"), f"{len(done.names):,} invoices of {done.file} are entered{span}.")


@command("orders")
@click.argument("file", type=click.Path(path_type=Path))
def _orders(call: Invocation, *, file: Path) -> None:
    """Enter the sales orders of a CSV file; each of its lines is one line of an order.

    Columns: customer, reference (the customer's number of it; lines with the same are one order),
    order_date, delivery_date, item, qty, rate (price of one, tax included), and optionally delivered
    (how much of it), payment_days and status (submitted, draft, on hold or closed). Dates as
    YYYY-MM-DD, amounts as 1234.50; comma or semicolon between the cells; UTF-8.
    """
    with open_session(call.home) as session, _bar(call.out, "Entering orders") as report, session.writing() as app:
        done = import_orders(app.selling, file, into=session.company, on_progress=report)
    call.out.json({"file": done.file, "orders": len(done.names), "lines": done.lines, "names": list(done.names)})
    span = f", {done.names[0]} to {done.names[-1]}" if len(done.names) > 1 else f": {done.names[0]}"
    call.out.say(("✓ ", "green"), f"{len(done.names):,} orders of {done.file} are entered{span}.")


@command("statement")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", type=click.Choice(FORMATS), help="Default: recognised by the file's beginning.")
@click.option("--account", metavar="NAME", help="The bank account it is of, where its number is not known yet.")
def _statement(call: Invocation, *, file: Path, format: str | None, account: str | None) -> None:
    """Enter the lines of a bank statement, MT940 or CSV; lines known already are left out.

    CSV columns: date, amount (above zero for money that came in, below for money that went out),
    description, and optionally reference and currency.
    """
    with open_session(call.home) as session, _bar(call.out, "Entering lines") as report, session.writing() as app:
        done = import_statement(
            app.company, file, into=session.company, account=account, format=format, on_progress=report
        )
    call.out.json({**asdict(done), "new": len(done.names), "learned": dict(done.learned)})
    of = " and ".join(done.accounts)
    call.out.say(("✓ ", "green"), f"{len(done.names):,} new lines of {done.file} ({done.format}) are entered on {of}.")
    if done.known:
        call.out.say(f"  {done.known:,} lines were known already and were left out.")
    if done.left_out:
        call.out.say(f"  {done.left_out:,} lines move no money and were left out.")
    for name, number in done.learned:
        call.out.say(f"  From now on statements of {number} are known to be of {name}.")


import_.add_command(_invoices)
import_.add_command(_orders)
import_.add_command(_statement)
