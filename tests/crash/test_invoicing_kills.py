"""SIGKILL of workers that invoice orders, at each step between two writes; and of who cancels and goes on.

After each kill nobody does anything: the run must end by itself, and the audit must be clean. Six of the orders are
bad; they are named, and no order is billed twice.
"""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator

import pytest

from tests.crash.audit import audit
from tests.crash.conftest import running
from tests.crash.order_audit import audit_orders
from tests.crash.plant import Plant, signal_process
from tests.crash.shop import BAD, Shop
from tests.crash.test_kills import LONG_FORM
from tests.crash.test_random_kills import kill_at_random
from tests.crash.test_zombies import stopped_at

ORDERS = 45
UNITS = ("work.before_unit", "books.after_ledger", "books.after_outstanding", "work.after_document")
CHUNKS = ("work.before_items", "work.before_run", "work.before_commit", "work.after_commit")
ENDS = ("finish.before_documents", "finish.after_documents", "finish.before_release", "finish.before_commit")
CLAIMS = ("claim.before_commit", "claim.after_commit")
KILLS = [("kill", point, nth) for point in UNITS for nth in (1, 19, 40)]
KILLS += [("kill", point, nth) for point in CHUNKS for nth in (1, 3)]
KILLS += [("kill-both", point, 2) for point in CHUNKS]
KILLS += [("kill", point, 1) for point in (*CLAIMS, *ENDS, "finish.after_commit")]


def check(plant: Plant, run: str, *, succeeded: int, failed: int) -> None:
    """Assert that a run has ended with so many orders invoiced, and that everything is sound."""
    row = plant.row(run)
    wanted = "Completed with Errors" if failed else "Completed"
    assert (row["status"], row["succeeded"], row["failed"]) == (wanted, succeeded, failed)
    assert audit(plant.home.database) == []
    assert audit_orders(plant.home.database) == []


@pytest.mark.parametrize("again", range(LONG_FORM))
@pytest.mark.parametrize(("action", "point", "nth"), KILLS)
def test_a_worker_killed_at_work_is_taken_over_and_no_order_is_billed_twice(
    plant: Plant, action: str, point: str, nth: int, again: int
) -> None:
    shop, together = Shop(plant), bool(again % 2)
    names = shop.orders(ORDERS * (3 if together else 1))
    order = plant.order(action, point, nth)

    run = shop.ask([*names, *shop.bad_orders()], one_per_customer=together)

    plant.wait_for_end(run)
    plant.wait_for_order(order)
    check(plant, run, succeeded=len(names), failed=BAD)


@pytest.mark.parametrize("point", ["work.before_unit", "work.before_commit", "work.after_commit"])
def test_drafts_are_made_once_too(plant: Plant, point: str) -> None:
    shop = Shop(plant)
    names = shop.orders(ORDERS)
    order = plant.order("kill", point, 2)

    run = shop.ask(names, submit=False)

    plant.wait_for_end(run)
    plant.wait_for_order(order)
    check(plant, run, succeeded=ORDERS, failed=0)
    assert shop.count_invoices(run, docstatus=0) == ORDERS


@pytest.mark.parametrize(("point", "nth"), [("work.before_unit", 3), ("work.before_run", 1), ("claim.after_commit", 1)])
def test_mended_orders_go_through_on_retry_though_its_worker_is_killed_too(plant: Plant, point: str, nth: int) -> None:
    shop = Shop(plant)
    names, bad = shop.orders(ORDERS), shop.bad_orders()
    run = shop.ask([*names, *bad])
    plant.wait_for_end(run)
    shop.mend(bad)
    order = plant.order("kill", point, nth)

    shop.retry(run)

    plant.wait_for_end(run)
    plant.wait_for_order(order)
    check(plant, run, succeeded=ORDERS + BAD, failed=0)


@pytest.mark.parametrize("seed", range(LONG_FORM))
def test_orders_are_billed_once_though_workers_are_killed_all_the_time(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    for plant in _crew(tmp_path_factory):
        shop, dice = Shop(plant), random.Random(seed)
        names, bad, shared = shop.orders(200), shop.bad_orders(), shop.orders(100)
        runs = [shop.ask([*names, *bad]), shop.ask(shared, one_per_customer=True)]

        killed = kill_at_random(plant, runs, dice)

        assert killed >= 3
        check(plant, runs[0], succeeded=200, failed=BAD)
        check(plant, runs[1], succeeded=100, failed=0)


def _crew(folders: pytest.TempPathFactory) -> Iterator[Plant]:
    environment = {"IMOGI_PACE_MS": "8", "IMOGI_WORKERS_A_RUN": "2"}
    yield from running(folders.mktemp("home"), workers=2, environment=environment)


def test_a_run_that_is_cancelled_in_the_middle_goes_on_where_it_stood(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    for plant in _crew(tmp_path_factory):
        shop = Shop(plant)
        names, bad = shop.orders(150), shop.bad_orders()
        run = shop.ask([*names, *bad])
        plant.wait_for(run, lambda row: row["succeeded"] >= 20)
        plant.cancel(run)
        assert plant.wait_for_end(run) == "Cancelled"
        stood = plant.row(run)["succeeded"]
        assert 20 <= stood < 150
        assert audit_orders(plant.home.database) == []
        shop.mend(bad)
        order = plant.order("kill-both", "work.before_run", 2)

        shop.retry(run)

        plant.wait_for_end(run)
        plant.wait_for_order(order)
        check(plant, run, succeeded=150 + BAD, failed=0)


def test_two_requests_that_share_orders_and_somebody_who_bills_by_hand_bill_none_twice(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    for plant in running(tmp_path_factory.mktemp("home"), workers=1):
        shop = Shop(plant)
        mine, shared, yours = shop.orders(20), shop.orders(10), shop.orders(20)
        order = plant.order("stop", "claim.after_commit", 1)
        first = shop.ask([*mine, *shared])
        standing_still = stopped_at(plant, order)
        second = shop.ask([*shared, *yours])
        shop.bill(mine[3])
        draft = shop.bill(yours[5], submit=False)

        signal_process(standing_still, signal.SIGCONT)
        for run in (first, second):
            plant.wait_for_end(run)

        assert set(shop.failed(first)) == {mine[3]}
        assert set(shop.failed(second)) == {*shared, yours[5]}
        assert all("is working on it" in shop.failed(second)[name] for name in shared)
        assert draft in shop.failed(second)[yours[5]]
        check(plant, first, succeeded=29, failed=1)
        check(plant, second, succeeded=19, failed=11)
