"""The contracts of Queue and Realtime: what a ring and an event are, and that Redis may be away."""

from __future__ import annotations

import time

import pytest

from imogi_finance.errors import QueueUnavailable
from tests.support.bells import Bells


def test_a_ring_is_a_job_for_the_run(bells: Bells) -> None:
    bells.queue.ring("RUN-00001")
    bells.queue.ring("RUN-00002")
    assert bells.rung() == ["RUN-00001", "RUN-00002"]


def test_a_ring_without_redis_says_so_at_once(bells: Bells) -> None:
    with bells.away():
        started = time.monotonic()
        with pytest.raises(QueueUnavailable, match="Redis does not answer"):
            bells.queue.ring("RUN-00001")
        assert time.monotonic() - started < 3
    bells.queue.ring("RUN-00002")
    assert "RUN-00002" in bells.rung()


def test_an_event_goes_to_the_run_s_room_and_to_who_asked_and_to_nobody_else(bells: Bells) -> None:
    rooms = bells.rooms(
        lambda: bells.realtime.publish("some_progress", {"current": 3}, run="RUN-00001", user="ana@example.com")
    )
    assert bells.room_of("RUN-00001") in rooms
    assert set(rooms) - {bells.room_of("RUN-00001")} <= set(bells.rooms_of("ana@example.com"))


def test_an_event_without_redis_is_lost_and_nothing_else(bells: Bells) -> None:
    with bells.away():
        started = time.monotonic()
        bells.realtime.publish("some_progress", {"current": 3}, run="RUN-00001", user="ana@example.com")
        assert time.monotonic() - started < 3
