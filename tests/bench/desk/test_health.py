"""The page Batch Health in a browser: all well, a run at work, one that nobody works, a machine that stands still."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.bench.desk.conftest import SHOTS
from tests.bench.desk.screen import Screen
from tests.bench.session import Session
from tests.bench.workbench import Workbench

_ASK = """
from imogi_finance.erpnext_adapter.composition import compose
names = [office.purchase_invoice(1_000 + n) for n in range(count)]
line = office.bank_transaction(-sum(1_000 + n for n in range(count)))
rows = [{"doctype": "Purchase Invoice", "name": name} for name in names]
answer = compose().reconciliation.create_payment_entries_bulk(line, rows, user=user, in_request=False).run.name
"""
_SPOIL = "frappe.get_doc('Purchase Invoice', names[-1]).cancel()"
_NOTED = "\nfrom imogi_finance.erpnext_adapter import drift, sweeping\nsweeping.sweep()\ndrift.check()"


@pytest.fixture(scope="module")
def own_bench(bench_session: Session) -> Iterator[Workbench]:
    """A bench of this module's own: what it says of itself must not depend on other tests' runs and workers."""
    with bench_session.workbench() as made:
        made.inside("from tests.bench.desk import bookkeeping; bookkeeping.people()" + _NOTED)
        made.inside("from frappe.utils.scheduler import enable_scheduler; enable_scheduler()")
        assert made.url
        yield made


@pytest.fixture
def open_health(browser: Browser, own_bench: Workbench) -> Iterator[Any]:
    """Opens the page for a user; at the end of the test no tab may have complained."""
    opened: list[Screen] = []
    with ExitStack() as contexts:

        def open_page(user: str = "Administrator", *, width: int = 1400, height: int = 1000) -> Screen:
            name = user if user == "Administrator" else f"{user}@office.example"
            context = browser.new_context(viewport={"width": width, "height": height})
            contexts.callback(context.close)
            context.add_cookies([{"name": "sid", "value": own_bench.login(name).sid, "url": own_bench.url}])
            opened.append(Screen.open(context, own_bench.url, SHOTS))
            opened[-1].page.goto(f"{own_bench.url}/app/batch-health")
            return opened[-1]

        yield open_page
        complaints = [said for screen in opened for said in screen.unforgiven()]
    assert complaints == []


def verdict(screen: Screen) -> Locator:
    return screen.all("health-verdict")


def found(screen: Screen, code: str) -> Locator:
    return screen.page.locator(f"[data-testid=finding][data-code={code}]")


def run_row(screen: Screen, run: str) -> Locator:
    return screen.page.locator(f"[data-run={run}]")


def fits(screen: Screen) -> bool:
    return bool(screen.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_it_says_what_is_missing_and_by_itself_that_all_is_well(own_bench: Workbench, open_health: Any) -> None:
    screen = open_health()
    expect(verdict(screen)).to_contain_text("2 things are wrong")
    expect(found(screen, "no_worker").first).to_contain_text("bench worker --queue long")
    expect(screen.all("health-empty")).to_contain_text("No runs yet")
    screen.shot("health-01-no-worker")
    with own_bench.worker():
        expect(verdict(screen)).to_contain_text("Everything works")  # nobody pressed anything
        expect(screen.all("finding")).to_have_count(0)
        screen.shot("health-02-all-is-well")
        own_bench.inside("from frappe.utils.scheduler import disable_scheduler; disable_scheduler()")
        try:
            expect(found(screen, "scheduler")).to_contain_text(f"bench --site {own_bench.site} enable-scheduler")
        finally:
            own_bench.inside("from frappe.utils.scheduler import enable_scheduler; enable_scheduler()")
        expect(verdict(screen)).to_contain_text("Everything works")


def test_a_run_is_seen_from_the_ring_to_its_end_and_cancelled_by_who_may(
    own_bench: Workbench, open_health: Any
) -> None:
    run = own_bench.inside(_ASK, count=3, user="dina@office.example")
    operator, dina, vera = open_health(), open_health("dina"), open_health("vera")
    row = run_row(operator, run)
    expect(row).to_have_attribute("data-state", "waiting")
    expect(operator.all("health-machinery")).to_contain_text(run)  # its ring, in the queue
    expect(dina.all("health-machinery")).to_have_count(0)
    expect(run_row(vera, run)).to_contain_text("0 of 3")
    expect(run_row(vera, run).get_by_role("button")).to_have_count(0)

    leased = """
from imogi_finance.erpnext_adapter.batch_store.columns import utc
from datetime import datetime, timedelta, timezone
until = utc(datetime.now(timezone.utc) + timedelta(seconds=seconds))
frappe.db.sql("update `tabBatch Run` set status = 'Processing', epoch = epoch + 1, lease_holder = 'host:4711',"
    " lease_expires_at = %s, lease_seconds = 600, processed = 1, modified = %s where name = %s",
    (until, frappe.utils.now_datetime() - timedelta(seconds=-min(0, seconds)), run))
"""
    own_bench.inside(leased, run=run, seconds=500)
    expect(row).to_have_attribute("data-state", "working")
    expect(row).to_contain_text("host:4711")
    expect(row.get_by_role("progressbar", name="Lease")).to_have_attribute("aria-valuenow", re.compile(r"^[78]\d$"))
    operator.shot("health-03-working")

    own_bench.inside(leased, run=run, seconds=-400)
    expect(row).to_have_attribute("data-state", "dropped")
    expect(found(operator, "stuck")).to_contain_text(run)
    operator.shot("health-04-stuck")

    run_row(dina, run).get_by_role("button", name="Cancel run").click()
    dina.page.locator(".modal:visible").get_by_role("button", name="Yes").click()
    expect(run_row(dina, run)).to_contain_text("Cancelling")
    with own_bench.worker():
        expect(run_row(dina, run)).to_have_count(0)
    own_bench.wait_until(f"frappe.db.get_value('Batch Run', {run!r}, 'status') == 'Cancelled'", "the run to be undone")


def test_what_needs_a_person_can_be_tried_again_and_a_refusal_is_said_there(
    own_bench: Workbench, open_health: Any
) -> None:
    spoilt = own_bench.inside(_ASK + _SPOIL, count=2, user="dina@office.example")
    with own_bench.worker():
        own_bench.wait_until(f"frappe.db.get_value('Batch Run', {spoilt!r}, 'status') == 'Failed'", "the run to fail")
    dina = open_health("dina")
    dina.forgiven.append("batch.api.retry")
    row = run_row(dina, spoilt)
    expect(row).to_contain_text("Failed")
    expect(found(dina, "failed")).to_contain_text(spoilt)
    row.get_by_role("button", name="Try again").click()
    expect(row.get_by_role("alert")).to_be_visible()  # the invoice is still cancelled
    dina.shot("health-05-refused")
    row.get_by_role("link", name="Open").click()
    expect(dina.page).to_have_url(re.compile(f"batch-run/{spoilt}$"))


def test_what_was_mended_is_listed(own_bench: Workbench, open_health: Any) -> None:
    payment = own_bench.inside(
        """
payment = office.pay("Purchase Invoice", office.purchase_invoice(70_000))
frappe.db.set_value("Payment Entry", payment, "awaiting_bank_reconciliation", 0, update_modified=False)
frappe.db.commit()
from imogi_finance.erpnext_adapter import drift
drift.check()
answer = payment
"""
    )
    screen = open_health()
    row = screen.all("drift").filter(has_text=payment)
    expect(row).to_contain_text("not awaiting bank reconciliation")
    expect(row.get_by_role("link", name=payment)).to_have_attribute("href", f"/app/payment-entry/{payment}")
    expect(found(screen, "drift").get_by_role("link", name="Error Log")).to_be_visible()
    screen.shot("health-06-drift")


def test_it_is_read_in_indonesian_on_a_phone_and_in_the_dark(own_bench: Workbench, open_health: Any) -> None:
    own_bench.inside("frappe.db.set_value('User', 'indah@office.example', 'desk_theme', 'Dark')")
    indah = open_health("indah", width=390, height=844)
    expect(verdict(indah)).to_contain_text("bermasalah")
    expect(found(indah, "no_worker").first).to_contain_text("Beri tahu yang mengurus server.")
    expect(indah.page.locator("html")).to_have_attribute("data-theme", "dark")
    assert fits(indah)
    indah.shot("health-08-phone-dark")


def test_a_server_that_is_silent_leaves_what_is_known_on_the_screen(open_health: Any) -> None:
    screen = open_health()
    expect(verdict(screen)).to_be_visible()
    screen.forgiven.append("batch_health.health")
    away = re.compile(r"batch_health\.health")
    screen.page.route(away, lambda route: route.abort())
    expect(screen.page.get_by_role("alert").filter(has_text="The server cannot be reached.")).to_be_visible()
    expect(verdict(screen)).to_be_visible()
    screen.page.unroute(away)
    screen.page.get_by_role("alert").get_by_role("button", name="Try again").click()
    expect(screen.page.get_by_role("alert").filter(has_text="The server cannot be reached.")).to_have_count(0)


def test_nobody_is_asked_while_nobody_looks(open_health: Any) -> None:
    screen = open_health()
    expect(verdict(screen)).to_be_visible()
    asked: list[str] = []
    screen.page.on(
        "request", lambda request: asked.append(request.url) if "batch_health.health" in request.url else None
    )
    screen.page.clock.install()
    screen.page.evaluate("frappe.set_route('List', 'Bank Transaction')")
    expect(verdict(screen)).not_to_be_visible()
    asked.clear()
    screen.page.clock.run_for(60_000)
    assert [url for url in asked if "batch_health.health" in url] == []
    screen.page.evaluate("frappe.set_route('batch-health')")
    with screen.page.expect_response(re.compile(r"batch_health\.health")):
        expect(verdict(screen)).to_be_visible()


def test_who_may_not_look_at_runs_is_not_let_in(own_bench: Workbench, open_health: Any) -> None:
    noor = open_health("noor")
    noor.forgiven += ["403", "417", "No read permission for Page"]
    expect(noor.page.get_by_text(re.compile("Not Permitted|not permitted", re.IGNORECASE)).first).to_be_visible()
    expect(verdict(noor)).to_have_count(0)
    status, _ = own_bench.login("noor@office.example").get(
        "imogi_finance.imogi_finance.page.batch_health.batch_health.health"
    )
    assert status == 403


def test_that_redis_is_away_is_said_and_the_rest_is_shown(own_bench: Workbench, open_health: Any) -> None:
    run = own_bench.inside(_ASK, count=2, user="dina@office.example")
    screen = open_health()
    expect(run_row(screen, run)).to_be_visible()
    screen.forgiven.append("socket.io")  # the realtime server ends with Redis
    own_bench.kill_server("redis")
    try:
        expect(found(screen, "redis")).to_be_visible()
        expect(run_row(screen, run)).to_be_visible()
        screen.shot("health-09-redis-away")
    finally:
        own_bench.start_redis_again()
    expect(found(screen, "redis")).to_have_count(0)
