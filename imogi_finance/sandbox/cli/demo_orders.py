"""The demo's second act: sales orders to invoices; a bad one stops none of the rest, and is mended and tried again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from imogi_finance.batch_invoicing.options import Options
from imogi_finance.sandbox import order_views, views
from imogi_finance.sandbox.cli.demo_report import say_checks
from imogi_finance.sandbox.cli.session import SandboxSession
from imogi_finance.sandbox.sample_orders import LIMITED, SampleOrders
from imogi_finance.terminal.following import tell_end
from imogi_finance.terminal.output import Output
from imogi_finance.terminal.watching import watch


def invoice_orders(out: Output, session: SandboxSession, sample: SampleOrders, count: int) -> dict[str, Any]:
    """Invoice orders of the sample by the worker that is alive, mend the bad ones, try them again; return the story.

    Args:
        count: how many orders that can be invoiced to choose; the others are left to be tried on the page.
    """
    open_orders = set(session.open_orders(session.company["name"]))
    bad = [name for name in (*sample.bad, *sample.held) if name in open_orders]
    chosen = [*sample.ready[:count], *bad]
    out.say(f"\n6 · The second act: {len(chosen):,} sales orders to invoices; one that is bad stops none of the rest")
    run = _ask(out, session, chosen)
    tell_end(run, out)
    errors = {item["name"]: item["error"] for item in run["failed_items"]}
    mended = _mend(session, list(errors))
    retried = None
    if mended:
        out.say("\n7 · Mended, and tried again")
        for words in mended:
            out.say(("  ", "dim"), words)
        session.control.retry(run["job_id"], user=session.user)
        retried = watch(session, run["job_id"], out)
        tell_end(retried, out)
    checks = _check(session, run, retried, chosen[: len(sample.ready[:count])], sample)
    say_checks(out, checks, number=8 if mended else 7)
    return {"run": run, "errors": errors, "mended": mended, "retried": retried, "checks": checks}


def _ask(out: Output, session: SandboxSession, names: Sequence[str]) -> dict[str, Any]:
    options = Options(submit=True, leave_out_held=True)
    accepted = session.invoicing.create_invoices_bulk(names, user=session.user, options=options)
    return watch(session, accepted.run.name, out)


def _mend(session: SandboxSession, failed: Sequence[str]) -> list[str]:
    """Do what the reasons say; return it in words."""
    done = []
    with session.writing() as app:
        for name in failed:
            order = order_views.order(session.rows, name)["order"]
            for draft in filter(None, order["drafts"].split(", ")):
                app.selling.invoices.delete_draft(draft)
                done.append(f"The draft {draft}, which billed {name}, is deleted.")
            if order["customer"] == LIMITED:
                app.selling.set_credit_limit(order["company"], LIMITED, None)
                done.append(f"The credit limit of {LIMITED} is taken away.")
    return done


def _check(
    session: SandboxSession,
    run: Mapping[str, Any],
    retried: Mapping[str, Any] | None,
    good: Sequence[str],
    sample: SampleOrders,
) -> dict[str, bool]:
    """Return what must hold after the second act, in words, and whether it does."""
    rows = session.rows
    with rows.reading():
        billed = rows.query(
            """SELECT l.sales_order AS name, count(DISTINCT v.name) AS invoices, sum(l.amount) AS amount
            FROM invoice_line l JOIN invoice v ON v.doctype = 'Sales Invoice' AND v.name = l.invoice AND v.docstatus = 1
            WHERE v.batch_run = ? GROUP BY l.sales_order""",
            (run["job_id"],),
        )
        totals = {row["name"]: row["grand_total"] for row in order_views.orders(rows)["orders"]}
        balances = views.ledger(rows)["balances"]
    invoices = {row["name"]: row for row in billed}
    failed = [item["name"] for item in run["failed_items"]]
    last = retried or run
    return {
        f"All {len(good):,} good orders were invoiced at once": run["succeeded"] == len(good)
        and set(good) <= set(invoices),
        "Each order has exactly one invoice, of exactly its total": all(
            row["invoices"] == 1 and row["amount"] == totals[name] for name, row in invoices.items()
        ),
        f"The {len(failed):,} bad ones were named, and are invoiced once they are mended": last["failed"] == 0
        and set(failed) <= set(invoices),
        f"The {run['left_out']:,} on hold or closed were left out, and said": run["left_out"]
        == len([name for name in sample.held if name not in invoices]),
        "The ledger balances": balances,
    }
