"""Fixtures of the engine's tests on ERPNext: a Redis of their own, people with and without rights, runs to order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.erpnext.engine.scene import Scene, hooked
from tests.erpnext.office import ErpOffice
from tests.erpnext.private_redis import PrivateRedis, private_redis


@pytest.fixture(scope="session")
def redis_of_tests(site: str) -> Iterator[PrivateRedis]:
    """The Redis that this session's queue and realtime use; no worker listens to it but those a test starts."""
    with private_redis() as mine:
        yield mine


@pytest.fixture(scope="session")
def _scene(office: ErpOffice, redis_of_tests: PrivateRedis) -> Scene:
    return Scene(office, redis_of_tests)


@pytest.fixture
def scene(_scene: Scene) -> Iterator[Scene]:
    """Runs to order; whatever a test leaves live is ended for the next."""
    yield _scene
    _scene.tidy()


@pytest.fixture
def hook() -> Iterator[Callable[[str, str, Callable[..., Any]], Callable[[], None]]]:
    """Hang a function onto a document event, as another app would; it is taken off after the test."""
    undo: list[Callable[[], None]] = []

    def hang(doctype: str, event: str, function: Callable[..., Any]) -> Callable[[], None]:
        take_off = hooked(doctype, event, function)
        undo.append(take_off)

        def now() -> None:
            undo.remove(take_off)
            take_off()

        return now

    yield hang
    for take_off in undo:
        take_off()
