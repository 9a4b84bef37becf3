"""One plant for each test module and worker: starting processes costs more than crashing them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.plant import Plant


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    yield from running(tmp_path_factory.mktemp("home"), workers=1)


def running(folder: Path, **options: object) -> Iterator[Plant]:
    plant = Plant.build(folder, **options)
    plant.start()
    try:
        yield plant
    finally:
        plant.stop()
