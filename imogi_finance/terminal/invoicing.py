"""``invoice``: thousands of sales orders to sales invoices, watched until the run ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from imogi_finance.batch.run import HIGHEST_PRIORITY, LOWEST_PRIORITY, USUAL_PRIORITY
from imogi_finance.batch_invoicing.documents import ORDER_TYPE
from imogi_finance.batch_invoicing.options import Options
from imogi_finance.batch_invoicing.presenting import judgement_json
from imogi_finance.batch_invoicing.request import MOST_CHUNK, parse_date, usual_chunk
from imogi_finance.errors import Refused
from imogi_finance.terminal.command import bad_usage
from imogi_finance.terminal.failures import FAILED
from imogi_finance.terminal.following import told
from imogi_finance.terminal.output import Output, money
from imogi_finance.terminal.world import Call, Session, World

_SHOWN = 20


def invoice_command(world: World) -> click.Command:
    """Return the command ``invoice`` of a world's command line."""

    @world.command("invoice")
    @click.option("--all", "everything", is_flag=True, help="All orders of the company with something to bill.")
    @click.option("--order", "orders", multiple=True, metavar="NAME", help="This order; may be repeated.")
    @click.option(
        "--orders-from",
        "file",
        type=click.Path(path_type=Path, allow_dash=True),
        metavar="FILE",
        help="The orders named in a file, one a line; - is the standard input.",
    )
    @click.option("--company", metavar="NAME", help="Whose orders; where it is missing, that of the orders.")
    @click.option("--submit/--draft", default=None, help="Submit each invoice, or leave it as a draft.")
    @click.option("--posting-date", metavar="YYYY-MM-DD", help="Of the invoices (default: today).")
    @click.option("--update-stock", is_flag=True, help="The invoices deliver the goods too.")
    @click.option(
        "--one-per-customer/--one-per-order",
        "one_per_customer",
        default=False,
        help="One invoice for all orders of a customer that can share one, or for each order.",
    )
    @click.option("--only-delivered", is_flag=True, help="Bill what is delivered only.")
    @click.option(
        "--leave-out-held/--no-leave-out-held",
        "leave_out_held",
        default=True,
        help="Leave orders on hold or closed out, and say so; else they count as bad.",
    )
    @click.option("--chunk", type=click.IntRange(1, MOST_CHUNK), metavar="N", help="Orders that commit together.")
    @click.option(
        "--priority",
        type=click.IntRange(LOWEST_PRIORITY, HIGHEST_PRIORITY),
        default=USUAL_PRIORITY,
        show_default=True,
        metavar="N",
        help="1 to 9; a waiting run of higher priority is worked first.",
    )
    @click.option("--strict", is_flag=True, help="Start nothing where any order cannot be invoiced.")
    @click.option("--check", "only_check", is_flag=True, help="Say what would become of the orders; start nothing.")
    @click.option("--no-wait", is_flag=True, help="Do not wait for the end, and start no worker.")
    @click.option("--key", metavar="KEY", help="Idempotency key: the same key always gets the same run.")
    def command(call: Call, **options: Any) -> int:
        """Make sales invoices of sales orders. An order that cannot be invoiced stops none of the rest.

        Ends with 0 where every order is invoiced, and with 1 where errors remain; they are listed, and
        "run errors RUN --csv FILE" writes them to a file.
        """
        ways = [bool(options["everything"]), bool(options["orders"]), options["file"] is not None]
        if sum(ways) != 1:
            raise bad_usage("Say which orders, in one way: --all, --order or --orders-from.")
        named = _names_in(options["file"]) if options["file"] is not None else list(options["orders"])
        with call.open() as session:
            return _invoice(call.out, session, named, options)

    return command


def _invoice(out: Output, session: Session, named: Sequence[str], given: dict[str, Any]) -> int:
    company, key, options = given["company"], given["key"], _options(session.usual_invoicing, given)
    names = named
    if given["everything"]:
        company = session.company_of_orders(company)
        names = _all_open(session, company, key)
    if given["only_check"]:
        return _check(out, session, names, company, options, strict=given["strict"])
    accepted = session.invoicing.create_invoices_bulk(
        names,
        user=session.user,
        company=company,
        options=options,
        priority=given["priority"],
        strict=given["strict"],
        idempotency_key=key,
    )
    return told(accepted, session, out, no_wait=given["no_wait"])


def _options(usual: Options, given: dict[str, Any]) -> Options:
    """Return what was asked for, and the world's usual where nothing was."""
    chunk = usual_chunk(one_per_customer=given["one_per_customer"], usual=usual.chunk_size)
    return Options(
        submit=usual.submit if given["submit"] is None else given["submit"],
        update_stock=given["update_stock"],
        posting_date=_day(given["posting_date"]),
        one_per_customer=given["one_per_customer"],
        only_delivered=given["only_delivered"],
        leave_out_held=given["leave_out_held"],
        chunk_size=given["chunk"] or chunk,
    )


def _day(text: str | None) -> date | None:
    try:
        return parse_date(text)
    except Refused as refused:
        raise bad_usage(str(refused.problems[0].message)) from refused


def _all_open(session: Session, company: str, key: str | None) -> list[str]:
    """Return all orders with something to bill; for a key used before, those of its run.

    Raises:
        Refused: there are none.
    """
    before = session.asked_before(key) if key else None
    if before is not None:
        return [name for doctype, name in before if doctype == ORDER_TYPE]
    names = list(session.open_orders(company))
    if not names:
        message = "No submitted order of it has anything left to bill."
        raise Refused.because(f"Company {company}", "nothing_to_invoice", message, "Name the orders with --order.")
    return names


def _names_in(file: Path) -> list[str]:
    """Return the names in a file, one a line; empty lines are passed over.

    Raises:
        Refused: it cannot be read, or no order is named in it.
    """
    shown = "the standard input" if str(file) == "-" else str(file)
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        message = f"It cannot be read: {error}."
        raise Refused.because(f"File {shown}", "unreadable", message, "Name a text file in UTF-8.") from error
    names = [line.strip() for line in text.splitlines() if line.strip()]
    if not names:
        raise Refused.because(f"File {shown}", "no_lines", "No order is named in it.", "Write one name a line.")
    return names


def _check(
    out: Output, session: Session, names: Sequence[str], company: str | None, options: Options, *, strict: bool
) -> int:
    """Say what would become of the orders; return 0 where each could be invoiced or is left out on purpose."""
    judged = session.invoicing.check_invoices_bulk(names, user=session.user, company=company, options=options)
    found = judgement_json(judged)
    found["would_start"] = found["ready"] > 0 and not (strict and found["bad"])
    out.json(found)
    amount = f"{found['currency']} {money(found['amount'], found['exponent'])}"
    words = f"{found['ready']:,} of {found['orders']:,} orders of {found['company']} can be invoiced, together "
    out.say(("✓ ", "green") if found["ready"] else ("✗ ", "red"), words, (amount, "bold"), ".")
    _say_problems(out, found["left_out"], found["left_out_total"], "Left out", "yellow")
    _say_problems(out, found["problems"], found["problems_total"], "In the way of others", "red")
    return 0 if found["would_start"] and not found["bad"] else FAILED


def _say_problems(out: Output, problems: Sequence[dict[str, str]], total: int, words: str, style: str) -> None:
    if not total:
        return
    out.say((f"{words} ({total:,}):", style))
    for problem in problems[:_SHOWN]:
        out.say((f"  {problem['document']}: ", "bold"), problem["message"], (f" {problem['remedy']}", "dim"))
    if total > _SHOWN:
        out.say((f"  … and {total - _SHOWN:,} more", "dim"))
