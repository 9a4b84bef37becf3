"""Events that wait for the commit of a chunk are those that Frappe would send, and sent once and in its order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import frappe
import pytest
from frappe.utils.background_jobs import get_redis_connection_without_auth

from imogi_finance.erpnext_adapter.realtime_log import told_together
from imogi_finance.erpnext_adapter.transactions import FrappeTransactions


class Heard:
    """What this site tells on Redis, from now on."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel

    def events(self) -> list[dict[str, Any]]:
        """Return what was told since the last call."""
        end = frappe.generate_hash()
        get_redis_connection_without_auth().publish("events", json.dumps({"namespace": frappe.local.site, "end": end}))
        found = []
        while True:
            message = self._channel.get_message(timeout=10)
            assert message is not None, "the end was never heard"
            event = json.loads(message["data"]) if message["type"] == "message" else {}
            if event.get("end") == end:
                return found
            if event.get("namespace") == frappe.local.site:
                found.append(event)


@pytest.fixture
def heard(site: str) -> Iterator[Heard]:
    with get_redis_connection_without_auth().pubsub() as channel:
        channel.subscribe("events")
        yield Heard(channel)


def _tell() -> list[str]:
    """Have events wait for a commit; return their names."""
    names = [f"imogi_test_{number}" for number in range(7)]
    for number, name in enumerate(names):
        message = {"at": frappe.utils.now_datetime().replace(microsecond=0), "amount": 1.5, "number": number}
        frappe.publish_realtime(name, message, doctype="ToDo", docname=f"It's {number}", after_commit=True)
        frappe.publish_realtime(name, message, doctype="ToDo", docname=f"It's {number}", after_commit=True)
    frappe.publish_realtime("imogi_test_user", {"x": None}, user="Administrator", after_commit=True)
    return [*names, "imogi_test_user"]


def test_what_is_told_after_a_commit_is_what_frappe_tells(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    names = _tell()
    frappe.db.commit()
    by_frappe = heard.events()
    assert [event["event"] for event in by_frappe] == names

    def one_by_one(*told: Any) -> None:
        raise AssertionError("told one by one")

    monkeypatch.setattr(frappe.realtime, "emit_via_redis", one_by_one)
    for _ in range(2):  # nothing of the first is told again
        with FrappeTransactions().transaction():
            _tell()
        at_once = heard.events()
        assert [{**event, "message": {**event["message"], "at": None}} for event in at_once] == [
            {**event, "message": {**event["message"], "at": None}} for event in by_frappe
        ]
    assert not hasattr(frappe.local, "_realtime_log")


def test_nothing_is_told_of_what_was_rolled_back(heard: Heard) -> None:
    def fail() -> None:
        with FrappeTransactions().transaction():
            _tell()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with FrappeTransactions().transaction():
        pass
    assert heard.events() == []


def test_other_callbacks_are_left_as_they_are() -> None:
    others = [lambda: None, lambda: None]
    assert told_together(others) == others
