"""The jobs that RQ puts back, the one who stands by, and the look for dead workers before any job."""

from __future__ import annotations

import os
import signal

import frappe
import pytest
from frappe.utils.background_jobs import execute_job, get_queue, get_redis_conn
from pymysql.err import ProgrammingError
from rq.timeouts import JobTimeoutException

from imogi_finance.batch.holder import this_process
from imogi_finance.batch.run import RunStatus
from imogi_finance.batch.standing_by import StandingBy
from imogi_finance.erpnext_adapter import sweeping
from imogi_finance.erpnext_adapter.composition import compose
from imogi_finance.erpnext_adapter.queue import JOB, STANDBY_JOB, FrappeQueue
from imogi_finance.erpnext_adapter.standby_place import RedisStandbyPlace, sweep_is_due
from imogi_finance.errors import QueueUnavailable
from tests.erpnext.engine.scene import Elsewhere, Scene
from tests.erpnext.engine.workers import order_fault, until, worker

SOMEBODY_S = "frappe.utils.background_jobs.test_job"


def methods() -> list[str]:
    return [job.kwargs["method"] for job in get_queue("long").jobs]


def dead_run(scene: Scene, count: int = 2) -> str:
    """Return a run whose worker was a process of this machine, and has ended."""
    run = scene.asked(count)
    host, mark = this_process().split(":")[0], this_process().partition(".")[2]
    app = compose()
    with app.transactions.transaction():
        assert app.store.claim(run, holder=f"{host}:{_dead_pid()}@1.{mark}", now=app.clock.now(), lease_seconds=10.0)
    return run.name


def _dead_pid() -> int:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


# jobs


def test_a_ring_survives_the_death_of_its_work_horse_and_says_what_it_is(scene: Scene) -> None:
    FrappeQueue().ring("RUN-1")
    (job,) = get_queue("long").jobs
    assert job.retries_left == 20
    assert (job.kwargs["job_name"], job.kwargs["user"]) == ("Batch Run RUN-1", "Administrator")
    assert job.id.startswith(f"{frappe.local.site}::")


def test_an_urgent_ring_goes_before_what_waits(scene: Scene) -> None:
    frappe.enqueue(SOMEBODY_S, queue="long", s=0)
    FrappeQueue().ring("RUN-1", urgently=True)
    assert methods() == [JOB, SOMEBODY_S]


def test_a_full_queue_takes_no_ring(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    frappe.enqueue(SOMEBODY_S, queue="long", s=0)
    monkeypatch.setitem(frappe.local.conf, "max_queued_jobs", 1)
    with pytest.raises(QueueUnavailable, match="1 are waiting"):
        FrappeQueue().ring("RUN-1")
    assert methods() == [SOMEBODY_S]


def test_a_job_that_ends_by_an_error_is_not_put_back(scene: Scene) -> None:
    FrappeQueue().ring("RUN-there-is-none")
    queue = get_queue("long")
    with worker():
        until(lambda: len(queue.failed_job_registry), "the job to fail")
        assert queue.count == 0
    assert len(queue.failed_job_registry) == 1


def test_a_job_whose_work_horse_was_killed_is_put_back_by_its_worker_and_works_on_at_once(scene: Scene) -> None:
    run = scene.asked(3, chunk_size=1)
    order = order_fault("work.before_commit", "kill", 2)
    FrappeQueue().ring(run.name)
    with worker():
        until(lambda: not order.exists(), "the kill")
        until(lambda: not scene.run(run.name).status.is_live, "the end of the run")
    assert scene.run(run.name).epoch == 2
    scene.assert_reconciled(run.name)


# standing by


def test_nobody_is_asked_to_stand_by_twice(scene: Scene) -> None:
    for _ in range(3):
        FrappeQueue().invite()
    assert methods() == [STANDBY_JOB]


def test_where_somebody_stands_by_a_spare_job_waits_unless_a_worker_is_idle_who_would_take_it(scene: Scene) -> None:
    queue, connection = get_queue("long"), get_redis_conn()
    assert RedisStandbyPlace().take("w1")
    connection.sadd(f"rq:workers:{queue.name}", "rq:worker:w2")
    connection.hset("rq:worker:w2", mapping={"state": "idle", "hostname": "elsewhere", "pid": 1})
    FrappeQueue().invite()
    assert methods() == []
    connection.hset("rq:worker:w2", "state", "busy")
    FrappeQueue().invite()
    assert methods() == [STANDBY_JOB]
    queue.empty()
    FrappeQueue().invite()
    assert methods() == [], "somebody has taken it, so somebody is idle; they are not asked again at once"
    connection.delete(*connection.keys("rq:imogi-finance:*:spare"))
    connection.hset("rq:worker:w2", mapping={"state": "idle", "hostname": os.uname().nodename, "pid": _dead_pid()})
    FrappeQueue().invite()
    assert methods() == [STANDBY_JOB], "an idle worker that has died takes nothing"


def test_one_has_the_place_until_they_leave_it_or_are_dead(scene: Scene) -> None:
    place = RedisStandbyPlace()
    assert place.take(this_process())
    assert place.take(this_process())
    assert not place.take("another")
    place.leave("another")
    assert not place.take("another")
    place.leave(this_process())
    assert place.take("another")
    host, mark = this_process().split(":")[0], this_process().partition(".")[2]
    place.leave("another")
    assert place.take(f"{host}:{_dead_pid()}@1.{mark}")
    assert place.take("another")


def test_one_who_died_in_the_place_keeps_nobody_from_being_asked(scene: Scene) -> None:
    queue, connection = get_queue("long"), get_redis_conn()
    connection.sadd(f"rq:workers:{queue.name}", "rq:worker:w2")
    connection.hset("rq:worker:w2", mapping={"state": "idle", "hostname": "elsewhere", "pid": 1})
    host, mark = this_process().split(":")[0], this_process().partition(".")[2]
    assert RedisStandbyPlace().take(f"{host}:{_dead_pid()}@1.{mark}")
    assert sweep_is_due()
    FrappeQueue().invite()
    assert methods() == [STANDBY_JOB], "its key has yet to lapse"


def test_the_place_lapses(scene: Scene) -> None:
    assert RedisStandbyPlace().take("w1")
    (key,) = get_redis_conn().keys("rq:imogi-finance:*:stand-by")
    assert 0 < get_redis_conn().ttl(key) <= 5


def test_jobs_of_others_and_a_stop_call_away_who_stands_by_and_invitations_do_not(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, connection = RedisStandbyPlace(), get_redis_conn()
    assert not place.is_wanted_elsewhere()
    FrappeQueue().invite()
    assert not place.is_wanted_elsewhere()
    frappe.enqueue(SOMEBODY_S, queue="short", s=0)
    assert place.is_wanted_elsewhere()
    monkeypatch.setenv("RQ_WORKER_ID", "mine")
    connection.hset("rq:worker:mine", "queues", get_queue("long").name)
    assert not place.is_wanted_elsewhere(), "its worker does not listen to that queue"
    connection.hset("rq:worker:mine", "shutdown_requested_date", "2026-03-16T12:00:00Z")
    assert place.is_wanted_elsewhere()


def test_who_is_to_come_last_is_asked_in_the_last_queue_of_the_worker_that_asks(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RQ_WORKER_ID", "mine")
    listens = ",".join(get_queue(name).name for name in ("long", "default", "short"))
    get_redis_conn().hset("rq:worker:mine", "queues", listens)
    for _ in range(2):
        FrappeQueue().invite(last=True)
    assert methods() == []
    assert [job.kwargs["method"] for job in get_queue("short").jobs] == [STANDBY_JOB]
    monkeypatch.delenv("RQ_WORKER_ID")
    FrappeQueue().invite(last=True)
    assert methods() == [STANDBY_JOB], "who is no worker's has no last queue"


def test_who_is_asked_to_stand_by_keeps_no_job_of_a_later_queue_waiting(scene: Scene) -> None:
    """A worker empties its queues in their order, and that of the runs comes first."""
    run = scene.asked(1)
    app = compose()
    with app.transactions.transaction():  # somebody works it, and lives
        assert app.store.claim(run, holder=this_process(), now=app.clock.now(), lease_seconds=60.0)
    job = frappe.enqueue(SOMEBODY_S, queue="default", s=0)
    FrappeQueue().invite()
    with worker(queue="long,default"):
        until(lambda: job.is_finished, "the job of the other queue")


def test_a_worker_that_is_asked_to_stop_hands_its_run_on_and_nobody_waits_for_it(scene: Scene) -> None:
    run = scene.asked(12, chunk_size=1)
    FrappeQueue().ring(run.name)
    with worker() as asked:
        until(lambda: scene.run(run.name).processed > 1, "the first items")
        asked.send_signal(signal.SIGTERM)
        until(lambda: asked.poll() is not None, "the end of the worker")
        assert scene.run(run.name).status.is_live, "it was over before its worker could be asked to stop"
        assert JOB in methods()
    with worker():
        until(lambda: not scene.run(run.name).status.is_live, "the end of the run")
    scene.assert_reconciled(run.name)


def test_without_redis_one_goes_on_standing_by(scene: Scene) -> None:
    place = RedisStandbyPlace()
    assert place.take("w1")
    with scene.redis.away():
        assert place.take("w1")
        assert not place.is_wanted_elsewhere()
        place.leave("w1")


def test_between_two_looks_no_old_state_of_the_rows_is_kept(scene: Scene) -> None:
    run = scene.asked(1)
    app = compose(queue=scene.queue)
    with app.transactions.transaction():  # somebody works it, and lives
        assert app.store.claim(run, holder=this_process(), now=app.clock.now(), lease_seconds=60.0)
    note = frappe.get_doc({"doctype": "ToDo", "description": "as it was"}).insert()
    frappe.db.commit()
    seen: list[str] = []

    def changed() -> None:
        frappe.db.sql("update `tabToDo` set description = 'as it is' where name = %s", note.name)
        frappe.db.commit()

    class Glancing(RedisStandbyPlace):
        glances = 0

        def is_wanted_elsewhere(self) -> bool:
            self.glances += 1
            if self.glances == 3:
                Elsewhere(changed).result()
                seen.append(frappe.db.sql("select description from `tabToDo` where name = %s", note.name)[0][0])
            return self.glances == 3

    assert StandingBy(app.engine, Glancing()).watch(holder="w2") is None
    assert seen == ["as it is"]


def test_an_idle_worker_takes_over_from_one_killed_with_its_work_horse_and_is_out_of_the_way_otherwise(
    scene: Scene,
) -> None:
    run = scene.asked(4, chunk_size=1)
    order = order_fault("work.before_commit", "kill-both", 2)
    compose().queue.ring(run.name)
    with worker(), worker():
        until(lambda: not order.exists(), "the kill")
        FrappeQueue().invite()
        until(lambda: not scene.run(run.name).status.is_live, "the end of the run")
        somebody_s = frappe.enqueue(SOMEBODY_S, queue="long", s=0)
        until(lambda: somebody_s.get_status() == "finished", "the job of somebody else")
    assert scene.run(run.name).status is RunStatus.COMPLETED
    scene.assert_reconciled(run.name)


# before any job


def test_before_any_job_the_run_of_a_dead_worker_is_rung_for_urgently_and_not_at_every_job(scene: Scene) -> None:
    run = dead_run(scene)
    frappe.enqueue(SOMEBODY_S, queue="long", s=0)
    sweeping.before_job(method=SOMEBODY_S)
    assert methods() == [JOB, SOMEBODY_S]
    assert get_queue("long").jobs[0].kwargs["kwargs"] == {"run": run}
    get_queue("long").empty()
    frappe.db.sql("update `tabBatch Run Signal` set rung_at = null where name = %s", run)
    frappe.db.commit()
    sweeping.before_job(method=SOMEBODY_S)
    assert methods() == [], "some seconds have not passed"


def test_frappe_calls_it_before_a_job_of_any_app(scene: Scene) -> None:
    dead_run(scene)
    site = frappe.local.site
    frappe.db.commit()
    execute_job(site, "frappe.ping", None, "ping", {}, is_async=False)
    assert methods() == [JOB]


def test_nothing_of_the_job_that_follows_is_committed_or_lost_or_seen(scene: Scene) -> None:
    dead_run(scene)
    before = frappe.get_doc({"doctype": "ToDo", "description": "written by another app's before_job"}).insert()
    connection = frappe.local.db
    sweeping.before_job(method=SOMEBODY_S)
    assert methods() == [JOB]
    assert frappe.local.db is connection
    assert frappe.db.exists("ToDo", before.name)
    frappe.db.rollback()
    assert not frappe.db.exists("ToDo", before.name)


def test_where_somebody_stands_by_or_the_site_is_in_maintenance_or_the_job_is_ours_nothing_is_done(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead_run(scene)
    sweeping.before_job(method=JOB)
    place = RedisStandbyPlace()
    assert place.take("w1")
    sweeping.before_job(method=SOMEBODY_S)
    place.leave("w1")
    monkeypatch.setitem(frappe.local.conf, "maintenance_mode", 1)
    sweeping.before_job(method=SOMEBODY_S)
    assert methods() == []
    monkeypatch.setitem(frappe.local.conf, "maintenance_mode", 0)
    sweeping.before_job(method=SOMEBODY_S)
    assert methods() == [JOB]


@pytest.mark.parametrize(
    "error", [ProgrammingError(1146, "no such table"), ProgrammingError(1054, "no such column"), ValueError("a defect")]
)
def test_no_job_fails_by_what_is_done_before_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(**_: object) -> None:
        raise error

    connection = frappe.local.db
    monkeypatch.setattr(sweeping, "compose", fails)
    sweeping.before_job(method=SOMEBODY_S)
    assert frappe.local.db is connection


def test_the_time_out_of_the_job_is_let_through(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_time(**_: object) -> None:
        raise JobTimeoutException

    monkeypatch.setattr(sweeping, "compose", out_of_time)
    with pytest.raises(JobTimeoutException):
        sweeping.before_job(method=SOMEBODY_S)


def test_without_redis_a_job_goes_on_all_the_same(scene: Scene) -> None:
    with scene.redis.away():
        sweeping.before_job(method=SOMEBODY_S)
