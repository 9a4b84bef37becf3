"""Runs that fail, are cancelled or are refused, as the user meets them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.bench.desk.conftest import LogIn, Scene, standing_still, stopping_at_chunk
from tests.bench.workbench import Workbench

Books = Callable[[dict[str, Any]], dict[str, Any]]


def untouched(scene: dict[str, Any], found: dict[str, Any]) -> bool:
    """Whether the books are as they were before the run."""
    return (
        found["payments"] == 0
        and found["outstanding"] == scene["total"]
        and "Paid" not in found["statuses"]
        and (found["transaction"], found["unallocated"]) == ("Unreconciled", scene["total"])
    )


def test_one_bad_invoice_of_60_undoes_everything_and_is_named_and_retried(
    log_in: LogIn, make_scene: Scene, left_on_the_books: Books, desk_bench: Workbench
) -> None:
    scene = make_scene("Erring Trading Co", count=60)
    bad = scene["invoices"][44]
    dina = log_in("dina")
    dina.open_transaction(scene["transaction"])
    dina.start_paying()
    dina.select_all()
    dina.reconcile()
    expect(dina.page.get_by_text("Waiting to start", exact=True)).to_be_visible()  # there is no worker yet
    # meanwhile an invoice is put on hold, which nobody could know when the run was accepted
    hold = "frappe.db.set_value('Purchase Invoice', bad, {'on_hold': 1, 'release_date': None})"
    desk_bench.inside(hold, bad=bad)

    with desk_bench.worker():
        said = dina.outcome()

        assert "Everything was undone" in said
        expect(dina.all("failed-item")).to_have_count(1)
        expect(dina.all("failed-item")).to_contain_text(bad)
        dina.shot("20-failed")
        assert untouched(scene, left_on_the_books(scene))
        # the form says so too, when it is opened another time
        dina.open_transaction(scene["transaction"])
        expect(dina.all("last-run")).to_contain_text("Everything was undone")
        dina.shot("21-failed-on-the-form")

        desk_bench.inside("frappe.db.set_value('Purchase Invoice', bad, 'on_hold', 0)", bad=bad)
        dina.all("show-progress").click()
        dina.page.get_by_role("button", name="Try again").click()
        expect(dina.all("progress-outcome")).to_contain_text("60 documents")

    dina.shot("22-retried")
    assert left_on_the_books(scene)["statuses"] == {"Paid": 60}


def test_a_run_waits_for_who_went_elsewhere_and_cancelled_it_is_undone(
    log_in: LogIn, make_scene: Scene, left_on_the_books: Books, desk_bench: Workbench
) -> None:
    scene = make_scene("Cancelling Trading Co", count=160)
    dina = log_in("dina")
    with desk_bench.worker(**stopping_at_chunk(desk_bench, 3)) as worker:
        dina.open_transaction(scene["transaction"])
        dina.start_paying()
        dina.select_all()
        dina.reconcile()
        dina.wait_for_current(1)
        with standing_still(desk_bench, worker):
            # elsewhere in the Desk the dialog is out of the way; coming back it is there again
            dina.page.evaluate("frappe.set_route('List', 'Bank Transaction')")
            expect(dina.all("progress-dialog")).to_have_count(0)
            dina.page.go_back()
            dina.wait_for_current(1)

            dina.all("progress-cancel").click()
            dina.shot("23-cancel")
            with dina.page.expect_response(re.compile(r"batch\.api\.cancel")):
                dina.all("progress-cancel-confirm").click()

        assert "Cancelled" in dina.outcome()
    dina.shot("24-cancelled")
    assert untouched(scene, left_on_the_books(scene))


def test_what_is_refused_is_named_with_its_rule_and_remedy_and_can_be_deselected(
    log_in: LogIn, make_scene: Scene, left_on_the_books: Books, desk_bench: Workbench
) -> None:
    scene = make_scene("Refused Trading Co", count=10)
    gone = scene["invoices"][3]
    dina = log_in("dina")
    dina.forgiven.append("422")
    dina.open_transaction(scene["transaction"])
    dina.start_paying()
    dina.select_all()
    dina.all("submit").click()
    desk_bench.inside(  # somebody pays it in cash in the meantime
        "from tests.erpnext.office import ErpOffice; ErpOffice(title).pay('Purchase Invoice', gone, account='cash')",
        title=scene["company"],
        gone=gone,
    )

    dina.all("confirm-submit").click()

    problems = dina.all("problems")
    expect(problems).to_contain_text(gone)
    expect(problems).to_contain_text("nothing_outstanding")
    expect(problems).to_contain_text("Leave it out.")
    dina.shot("25-refused")
    dina.all("deselect").click()
    expect(dina.all("summary-count")).to_have_text("9")
    dina.reconcile()  # few enough to be worked within the request
    assert "9 documents" in dina.outcome()
    assert left_on_the_books(scene)["statuses"] == {"Paid": 10}
