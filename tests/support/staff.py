"""People of a world, for the contract of Users."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from imogi_finance.batch.doors import Transactions, Users
from imogi_finance.batch.run import Run


@dataclass(frozen=True)
class Staff:
    """A run, and who may do what with it.

    Args:
        manager: asked for the run, and may do everything.
        watcher: may only look.
        stranger: is nobody here.
        acting: returns in whose name things are done at the moment; None where in nobody's.
        may_pay_or_undo: returns whether payments may be made or taken back at the moment.
        disable: disables a user.
    """

    transactions: Transactions
    users: Users
    run: Run
    manager: str
    watcher: str
    stranger: str
    acting: Callable[[], str | None]
    may_pay_or_undo: Callable[[], bool]
    disable: Callable[[str], None]
