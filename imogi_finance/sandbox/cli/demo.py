"""``demo``: the main job before your eyes, by a real worker, checked at the end."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from imogi_finance.sandbox import views
from imogi_finance.sandbox.cli.command import Invocation, command
from imogi_finance.sandbox.cli.demo_books import Books, WhileItRan, check, look, payments_a_second
from imogi_finance.sandbox.cli.demo_orders import invoice_orders
from imogi_finance.sandbox.cli.demo_report import say_before, say_checks, say_compared, say_pace
from imogi_finance.sandbox.cli.session import SandboxSession, open_session
from imogi_finance.sandbox.cli.setting_up import make_home, say_sample
from imogi_finance.sandbox.cli.workers import a_worker
from imogi_finance.sandbox.home import Home
from imogi_finance.sandbox.sample import COMPANY, Sample
from imogi_finance.terminal.failures import FAILED
from imogi_finance.terminal.following import tell_end
from imogi_finance.terminal.watching import watch


@command("demo")
@click.option("--once", is_flag=True, help="End after the run instead of serving the page.")
@click.option("--invoices", type=click.IntRange(1, 20_000), default=150, show_default=True, metavar="N")
@click.option(
    "--orders",
    type=click.IntRange(0, 20_000),
    default=60,
    show_default=True,
    metavar="N",
    help="Sales orders to invoice after it.",
)
@click.option("--port", type=click.IntRange(0, 65_535), default=8765, show_default=True, help="0 takes any free one.")
@click.option(
    "--pace",
    type=click.IntRange(0, 60_000),
    default=30,
    show_default=True,
    metavar="MS",
    help="Slow each payment and invoice down.",
)
def demo(call: Invocation, *, once: bool, invoices: int, orders: int, port: int, pace: int) -> int:
    """Reconcile one bank withdrawal with 150 unpaid invoices, and see what changes; then invoice 60 orders.

    Makes a sample company in a temporary folder (or a new one, with --home), runs the reconciliation
    through a real worker, shows before and after, invoices sales orders of which some are bad, and
    then serves the page until Ctrl-C.
    """
    from imogi_finance.sandbox.redis_server import using_redis  # late: it brings Redis

    with _fresh_home(call) as home:
        entered = orders + max(20, orders // 2) if orders else 0  # some are left to be tried on the page
        sample = make_home(home, call.out, sample=invoices, orders=entered, company=COMPANY, currency="IDR")
        assert sample is not None
        call.out.say("1 · A sample company: ", (COMPANY, "bold"), (f"  ({home.path})", "dim"))
        say_sample(call.out, sample)
        with using_redis(home):
            with a_worker(home, call.out, pace_ms=pace, quietly=True):
                story = _reconcile(call, home, sample, pace)
                story |= _invoice(call, home, sample, orders, story["ok"])
            code = 0 if story["ok"] else FAILED
            if once:
                call.out.json({**story, "address": None})
                return code
            from imogi_finance.sandbox.server import serve  # late: it brings the web server

            def ready(address: str) -> None:
                call.out.json({**story, "address": address})
                call.out.say("\nThe page is at ", (address, "bold cyan"), " — Ctrl-C ends it.")

            with suppress(KeyboardInterrupt):  # the way it is meant to end
                serve(home, port=port, workers=1, pace_ms=pace, on_ready=ready)
    return code


@contextmanager
def _fresh_home(call: Invocation) -> Iterator[Home]:
    if call.home_given:
        yield call.home
        return
    folder = Path(tempfile.mkdtemp(prefix="imogi-finance-demo-"))
    try:
        yield Home.at(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _reconcile(call: Invocation, home: Home, sample: Sample, pace: int) -> dict[str, Any]:
    """Run the main job and tell its story; return it."""
    unpaced = payments_a_second()
    with open_session(home) as session:
        before = look(session.rows, sample)
        say_before(call.out, before)
        say_pace(call.out, pace, unpaced)
        ran = WhileItRan(session.rows, sample)
        run = _run(call, session, sample, ran)
        tell_end(run, call.out)
        after = look(session.rows, sample)
        say_compared(call.out, before, after, ran)
        checks = check(session.rows, sample, before, after, ran, run)
        say_checks(call.out, checks)
    return _story(before, after, run, ran, checks, unpaced)


def _run(call: Invocation, session: SandboxSession, sample: Sample, ran: WhileItRan) -> dict[str, Any]:
    chosen = [
        {"doctype": row["doctype"], "name": row["name"]}
        for row in views.fitting_invoices(session.rows, sample.withdrawal)
    ]
    accepted = session.app.reconciliation.create_payment_entries_bulk(sample.withdrawal, chosen, user=session.user)
    return watch(session, accepted.run.name, call.out, on_poll=ran.look)


def _invoice(call: Invocation, home: Home, sample: Sample, orders: int, ok: bool) -> dict[str, Any]:
    """Play the second act, where there are orders; return what it adds to the story."""
    if sample.orders is None:
        return {"invoicing": None}
    with open_session(home) as session:
        story = invoice_orders(call.out, session, sample.orders, orders)
    return {"ok": ok and all(story["checks"].values()), "invoicing": story}


def _story(
    before: Books, after: Books, run: dict[str, Any], ran: WhileItRan, checks: dict[str, bool], unpaced: float
) -> dict[str, Any]:
    return {
        "ok": all(checks.values()),
        "checks": checks,
        "before": before.as_json(),
        "after": after.as_json(),
        "run": run,
        "most_payments_waiting": ran.most_waiting,
        "unpaced_payments_a_second": round(unpaced),
    }
