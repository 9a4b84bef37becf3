"""Open the sandbox for one command, as the user of the operating system."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from imogi_finance.errors import NotPermitted, Refused
from imogi_finance.sandbox import views
from imogi_finance.sandbox.composition import App
from imogi_finance.sandbox.home import Home
from imogi_finance.sandbox.storage.rows import Row
from imogi_finance.sandbox.storage.sqlite import SqliteRows
from imogi_finance.sandbox.users import current_user


@dataclass(frozen=True)
class Session:
    """An open sandbox.

    Args:
        company: its row (name, currency).
        user: in whose name everything is done.
    """

    app: App
    rows: SqliteRows
    company: Row
    user: str
    home: Home

    @contextmanager
    def writing(self) -> Iterator[App]:
        """Write in the user's name, in one transaction: all of the block or nothing."""
        with self.rows.transaction(), self.app.users.acting_as(self.user, undoing=False):
            yield self.app


@contextmanager
def open_session(home: Home) -> Iterator[Session]:
    """Open the sandbox.

    Raises:
        Refused: there is none at this home, or this user may not use it.
    """
    from imogi_finance.sandbox.opening import open_app  # late: it brings RQ and Socket.IO

    with open_app(home) as app:
        rows = app.rows
        assert isinstance(rows, SqliteRows)
        user = current_user()
        row = rows.get("user", user)
        if row is None or not row["enabled"]:
            remedy = "Use it as the one who made it, or name another home with --home."
            raise NotPermitted(f"User {user}", f"{user} is no user of the sandbox at {home.path}.", remedy)
        if not rows.count("company"):
            raise Refused.because(f"Folder {home.path}", "no_company", "There is no company in it.", "Make another.")
        app.company.keep_statuses_current()
        yield Session(app=app, rows=rows, company=views.company(rows), user=user, home=home)
