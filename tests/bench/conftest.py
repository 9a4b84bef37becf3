"""Fixtures of the tests on a real bench; they are skipped, loudly, where there is none.

The session is prepared once, by the process that pytest was started as; its workers get it told. Each process has a
bench and a site of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.bench.host import BenchUnavailable, Host
from tests.bench.session import Session, say, session
from tests.bench.workbench import Workbench

_UNDO = pytest.StashKey[ExitStack]()
# Begun last, one of these would keep one process busy while the other has nothing left to do.
_LONGEST = ("[paid_status]", "[reconciliation]", "[engine]", "test_installation", "[expense_requests]", "[screens]")
_SESSION = pytest.StashKey["Session | str"]()


def pytest_configure(config: pytest.Config) -> None:
    """Take over what the first process has prepared."""
    # Raised whenever memory happens to be tidied up, they would make a passing test fail now and then.
    for category in ("ResourceWarning", "pytest.PytestUnraisableExceptionWarning"):
        config.addinivalue_line("filterwarnings", f"default::{category}")
    told = getattr(config, "workerinput", {}).get("bench_session")
    if told is not None:
        folders = [Path(text) for text in told[1:]]
        config.stash[_SESSION] = told[0] or Session(Host(folders[0]), *folders[1:])


def pytest_sessionstart(session: pytest.Session) -> None:
    """Prepare the session before the workers start."""
    config = session.config
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        _prepare(config)


def _prepare(config: pytest.Config) -> Session | str:
    if _SESSION not in config.stash:
        undo = config.stash[_UNDO] = ExitStack()
        try:
            config.stash[_SESSION] = undo.enter_context(session())
        except BenchUnavailable as error:
            config.stash[_SESSION] = f"*** SKIPPED: {error} ***"
            say(f"\n*** SKIPPED: {error} ***")
    return config.stash[_SESSION]


def pytest_configure_node(node: Any) -> None:
    """Tell a worker what was prepared."""
    found = _prepare(node.config)
    if isinstance(found, str):
        node.workerinput["bench_session"] = [found]
    else:
        folders = (found.host.bench, found.folder, found.base, found.template)
        node.workerinput["bench_session"] = ["", *map(str, folders)]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    undo = config.stash.get(_UNDO, None)
    if undo is not None:
        undo.close()


class _ByFile(LoadScopeScheduling):
    """Keeps the tests of a file in one process, but for the folders of tests inside ERPNext, which are large."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        return test if test.startswith("test_inside_erpnext[") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _ByFile:
    """Share the tests out over the processes."""
    return _ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest."""
    items.sort(key=lambda item: next((at for at, name in enumerate(_LONGEST) if name in item.nodeid), len(_LONGEST)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Show a bench's logs with a failure."""
    report = yield
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, Workbench):
                report.sections.append((f"logs of {value.folder}", value.logs()))
    return report


@pytest.fixture(scope="session")
def bench_session(pytestconfig: pytest.Config) -> Session:
    """The session; without a bench, a skip."""
    found = _prepare(pytestconfig)
    if isinstance(found, str):
        pytest.skip(found)
    return found


@pytest.fixture(scope="session")
def bench(bench_session: Session) -> Iterator[Workbench]:
    """A bench and its site, with the app; all outer tests of a process share it."""
    with bench_session.workbench() as made:
        yield made


FreshBench = Callable[..., AbstractContextManager[Workbench]]


@pytest.fixture
def fresh_bench(bench_session: Session) -> FreshBench:
    """Makes benches with fresh sites: ``with fresh_bench() as bench``; ``app=False``: without the app."""
    return bench_session.fresh
