"""Each contract test runs once in every world.

The worlds that need nothing are here. The tests of the ERPNext world stand in ``tests/erpnext/contract``: its modules
import the very same test functions, and its ``conftest.py`` has fixtures of the same names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import rq

from imogi_finance.batch.doors import BatchStore
from imogi_finance.errors import DocumentError
from imogi_finance.sandbox import redis_server
from imogi_finance.sandbox.batch_history import SqliteBatchHistory
from imogi_finance.sandbox.batch_store import RowsBatchStore
from imogi_finance.sandbox.home import Home
from imogi_finance.sandbox.queue import QUEUE, RqQueue
from imogi_finance.sandbox.realtime import SocketioRealtime, run_room
from imogi_finance.sandbox.storage.rows import Rows
from imogi_finance.sandbox.storage.sqlite import SqliteRows
from tests.contract.test_batch_history import Counted
from tests.contract.worlds import WORLDS, OpenSession
from tests.support.bells import Bells
from tests.support.office import ANA, COMPANY, VIC, Office
from tests.support.shop import Shop
from tests.support.staff import Staff


@pytest.fixture(params=sorted(WORLDS))
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenSession]:
    """How to open sessions on one new database; they are closed after the test."""
    open_session = WORLDS[request.param](tmp_path)
    opened: list[Rows] = []

    def remembered() -> Rows:
        opened.append(open_session())
        return opened[-1]

    yield remembered
    for rows in opened:
        getattr(rows, "close", lambda: None)()


@pytest.fixture
def rows(opening: OpenSession) -> Rows:
    """One session."""
    return opening()


@pytest.fixture
def store(rows: Rows) -> Iterator[BatchStore]:
    """A store inside a transaction."""
    with rows.transaction():
        yield RowsBatchStore(rows)


@pytest.fixture
def counted(tmp_path: Path) -> Iterator[Counted]:
    """Runs that are counted. Memory counts none: only people look at histories."""
    with closing(SqliteRows(tmp_path / "history.db", create=True)) as rows:
        yield Counted(rows, RowsBatchStore(rows), SqliteBatchHistory(rows), ANA, COMPANY)


@pytest.fixture
def office(rows: Rows) -> Office:
    """A small company on that session."""
    return Office(rows)


@pytest.fixture
def shop(rows: Rows) -> Shop:
    """A small company that sells, on that session."""
    return Shop(rows)


@pytest.fixture
def staff(office: Office) -> Staff:
    """The company's people, and a run of one of them."""
    users = office.app.users

    def may_pay_or_undo() -> bool:
        try:
            users.check_may_write("it")
        except DocumentError:
            return False
        return True

    return Staff(
        transactions=office.rows,
        users=users,
        run=office.ask(office.statement(-100), [office.invoice()]).run,
        manager=ANA,
        watcher=VIC,
        stranger="somebody else",
        acting=lambda: users.acting,
        may_pay_or_undo=may_pay_or_undo,
        disable=lambda user: office.put("user", [user], enabled=0),
    )


class SandboxBells:
    """See ``Bells``: the sandbox's own Redis."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self.queue, self.realtime = RqQueue(home), SocketioRealtime(home)

    def rung(self) -> list[str]:
        with closing(redis_server.connect(self._home)) as connection:
            return [job.args[1] for job in rq.Queue(QUEUE, connection=connection).jobs]

    def rooms(self, publish: Callable[[], None]) -> list[str]:
        with closing(redis_server.connect(self._home)) as connection:
            channel = connection.pubsub(ignore_subscribe_messages=True)
            channel.subscribe("socketio")
            channel.get_message(timeout=1)
            publish()
            rooms = []
            while message := channel.get_message(timeout=0.5):
                rooms.append(json.loads(message["data"])["room"])
            channel.close()
        return rooms

    def room_of(self, run: str) -> str:
        return run_room(run)

    def rooms_of(self, user: str) -> list[str]:
        return []

    @contextmanager
    def away(self) -> Iterator[None]:
        redis_server.stop_redis(self._home)
        yield
        redis_server.ensure_redis(self._home)


@pytest.fixture
def bells(tmp_path: Path) -> Iterator[Bells]:
    """The sandbox's bells, on a Redis that runs."""
    home = Home.at(tmp_path)
    with redis_server.using_redis(home):
        yield SandboxBells(home)
