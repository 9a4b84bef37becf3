"""The sandbox's Redis: what a ring leaves in it, and how it starts, stops and finds room for its socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import rq

from imogi_finance.sandbox import redis_server
from imogi_finance.sandbox.home import Home
from imogi_finance.sandbox.queue import JOB, QUEUE, RqQueue, count_workers


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path)


@pytest.fixture
def running(home: Home) -> Iterator[Home]:
    with redis_server.using_redis(home):
        yield home


def test_a_ring_is_a_job_that_carries_the_home_and_the_run_s_name_and_no_more(running: Home) -> None:
    RqQueue(running).ring("RUN-00001")
    connection = redis_server.connect(running)
    jobs = rq.Queue(QUEUE, connection=connection).jobs
    connection.close()
    assert [(job.func_name, job.args) for job in jobs] == [(JOB, (str(running.path), "RUN-00001"))]


def test_without_redis_nobody_knows_how_many_workers_listen(home: Home) -> None:
    assert count_workers(home) is None


def test_rings_outlive_a_restart_of_redis(running: Home) -> None:
    RqQueue(running).ring("RUN-00001")
    redis_server.stop_redis(running)
    redis_server.ensure_redis(running)
    connection = redis_server.connect(running)
    assert len(rq.Queue(QUEUE, connection=connection)) == 1
    connection.close()


def test_a_home_with_a_long_path_still_has_a_socket(tmp_path: Path) -> None:
    home = Home.at(tmp_path / ("x" * 60) / ("y" * 60))
    with redis_server.using_redis(home):
        assert redis_server.is_up(home)
    assert not redis_server.is_up(home)


def test_redis_stops_with_its_last_user_and_not_before(home: Home) -> None:
    with redis_server.using_redis(home):
        with redis_server.using_redis(home):
            assert redis_server.is_up(home)
        assert redis_server.is_up(home)
    assert not redis_server.is_up(home)


def test_a_long_temporary_folder_leaves_room_for_a_socket_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = tmp_path / ("t" * 60)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    home = Home.at(long / ("x" * 60))
    assert len(str(redis_server.socket_path(home))) < 100
    with redis_server.using_redis(home):
        assert redis_server.is_up(home)
