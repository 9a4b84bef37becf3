"""``reconcile``: one bank transaction with many invoices, watched until it ends."""

from __future__ import annotations

from typing import Any

import click

from imogi_finance.bank_reconciliation.documents import VOUCHER_TYPE
from imogi_finance.bank_reconciliation.request import MOST_CHUNK, Options, usual_chunk
from imogi_finance.errors import Refused
from imogi_finance.terminal.command import bad_usage
from imogi_finance.terminal.following import told
from imogi_finance.terminal.output import Output
from imogi_finance.terminal.world import Call, Session, World


def reconcile_command(world: World) -> click.Command:
    """Return the command ``reconcile`` of a world's command line."""

    @world.command("reconcile")
    @click.argument("transaction")
    @click.option("--all", "everything", is_flag=True, help="All unpaid invoices that fit the transaction.")
    @click.option(
        "--invoice", "invoices", multiple=True, metavar="NAME[=AMOUNT]", help="This invoice; may be repeated."
    )
    @click.option(
        "--voucher", "vouchers", multiple=True, metavar="NAME[=AMOUNT]", help="This payment that exists already."
    )
    @click.option(
        "--per-party/--per-invoice", default=None, help="One payment for each party in a chunk, or for each invoice."
    )
    @click.option("--chunk", type=click.IntRange(1, MOST_CHUNK), metavar="N", help="Items that commit together.")
    @click.option(
        "--collect-errors", is_flag=True, help="Try every item before undoing, so that every bad one is named."
    )
    @click.option("--in-process", is_flag=True, help="Up to 50 documents: work them here and now, without a worker.")
    @click.option("--no-wait", is_flag=True, help="Do not wait for the end, and start no worker.")
    @click.option("--key", metavar="KEY", help="Idempotency key: the same key always gets the same run.")
    def command(call: Call, **options: Any) -> int:
        """Pay invoices out of one bank transaction and reconcile it with them: all of them, or none."""
        if options["everything"] and options["invoices"]:
            raise bad_usage("--all and --invoice do not go together.")
        if not (options["everything"] or options["invoices"] or options["vouchers"]):
            raise bad_usage("Say what to reconcile with: --all, --invoice or --voucher.")
        with call.open() as session:
            return _reconcile(call.out, session, options)

    return command


def _reconcile(out: Output, session: Session, options: dict[str, Any]) -> int:
    transaction, key = options["transaction"], options["key"]
    if options["everything"]:
        invoices = _all_that_fit(session, out, transaction, key)
    else:
        invoices = [_named(text, session.doctype_of(text.partition("=")[0])) for text in options["invoices"]]
    accepted = session.reconciliation.create_payment_entries_bulk(
        transaction,
        invoices,
        [_named(text, VOUCHER_TYPE) for text in options["vouchers"]],
        user=session.user,
        options=_options(session.usual_options, options),
        idempotency_key=key,
        in_request=options["in_process"],
    )
    return told(accepted, session, out, no_wait=options["no_wait"])


def _options(usual: Options, given: dict[str, Any]) -> Options:
    """Return what was asked for, and the world's usual where nothing was."""
    per_party = usual.per_party if given["per_party"] is None else given["per_party"]
    chunk = given["chunk"] or usual_chunk(per_party=per_party, usual=usual.chunk_size)
    return Options(per_party, chunk, not given["collect_errors"])


def _all_that_fit(session: Session, out: Output, transaction: str, key: str | None) -> list[dict[str, Any]]:
    """Return every invoice that fits and is free; for a key used before, those of its run.

    Raises:
        Refused: there is no such transaction, a run is at it, or nothing fits.
    """
    document = f"Bank Transaction {transaction}"
    before = session.asked_before(key) if key else None
    if before is not None:
        return [_row(*of) for of in before if of[0] != VOUCHER_TYPE]
    found, fitting = session.fitting(transaction)
    if found["live_run"]:
        remedy = "Watch it: " + out.command(f"run status {found['live_run']} --watch")
        raise Refused.because(document, "in_live_run", f"Run {found['live_run']} is working on it.", remedy)
    if not fitting and not found["unallocated"]:
        remedy = f"See: {out.command('show transactions')}"
        raise Refused.because(document, "nothing_unallocated", "All of it is allocated already.", remedy)
    free = [_row(row["doctype"], row["name"]) for row in fitting if row["in_run"] is None]
    if not free and found["unallocated"]:
        busy = f"; {len(fitting):,} are in a run" if fitting else ""
        message = f"No unpaid invoice fits it{busy}."
        raise Refused.because(document, "nothing_fits", message, f"See: {out.command('show invoices')}")
    return free or [_row(row["doctype"], row["name"]) for row in fitting]


def _row(doctype: str, name: str) -> dict[str, Any]:
    return {"doctype": doctype, "name": name}


def _named(text: str, doctype: str) -> dict[str, Any]:
    name, sign, amount = text.partition("=")
    return {"doctype": doctype, "name": name} | ({"amount": amount} if sign else {})
