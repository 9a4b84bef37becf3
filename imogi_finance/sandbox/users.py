"""Who uses the sandbox, and in whose name a worker acts."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from imogi_finance.batch.run import Run
from imogi_finance.errors import DocumentError, NotPermitted, UnknownRun
from imogi_finance.sandbox.storage.rows import Rows

MANAGER = "Accounts Manager"
WATCHER = "Accounts Viewer"


class RowsUsers:
    """See ``imogi_finance.batch.doors.Users``. A manager does everything; a viewer only looks."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.acting: str | None = None
        self._may_write = False

    @contextmanager
    def acting_as(self, user: str, *, undoing: bool) -> Iterator[None]:
        row = self._rows.get("user", user)
        if not undoing and (row is None or not row["enabled"]):
            raise NotPermitted(f"User {user}", "The user is disabled or unknown.", "Ask your administrator.")
        before = self.acting, self._may_write
        self.acting, self._may_write = user, undoing or (row is not None and row["role"] == MANAGER)
        try:
            yield
        finally:
            self.acting, self._may_write = before

    def check_may_write(self, document: str) -> None:
        """Raise DocumentError unless the acting user may make, cancel or allocate payments."""
        if not self._may_write:
            raise DocumentError(
                document, f"{self.acting or 'Nobody'} may not change it.", f"Ask for the role {MANAGER}."
            )

    def check_may_see(self, user: str, run: Run) -> None:
        row = self._rows.get("user", user)
        if row is None or not row["enabled"]:
            raise UnknownRun(run.name)

    def check_may_act(self, user: str, run: Run) -> None:
        self.check_may_see(user, run)
        row = self._rows.get("user", user)
        if row is None or row["role"] != MANAGER:
            raise NotPermitted(
                run.document, f"{user} may look at it but not change it.", f"Ask for the role {MANAGER}."
            )


def current_user() -> str:
    """Return who sits at this machine: the operating system's user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "user"
