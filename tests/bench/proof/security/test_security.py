"""The short form of what ``make bench-security`` tries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.bench.proof.security.findings import Findings
from tests.bench.proof.security.parts import PARTS, Part
from tests.bench.proof.security.scene import Scene
from tests.bench.session import Session

SHORT = [part for part in PARTS if part.short]


@pytest.fixture(scope="module")
def scene(bench_session: Session) -> Iterator[Scene]:
    """People and documents on a bench of their own; all parts share them."""
    with ExitStack() as undo:
        yield Scene.on(undo.enter_context(bench_session.fresh()))


@pytest.mark.parametrize("part", SHORT, ids=[part.name for part in SHORT])
def test_nobody_reaches_more_than_the_tables_say(part: Part, scene: Scene) -> None:
    findings = Findings()
    assert part.short
    part.short(findings, scene)
    assert findings.violations == []
    assert findings.tried.total() > 0
