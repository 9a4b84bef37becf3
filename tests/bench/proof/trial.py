"""One run that something is done to, and what is to be true of it and of the books afterwards."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.bench.proof.watching import Watch

if TYPE_CHECKING:
    from tests.bench.proof.stage import Stage


@dataclass
class Trial(ABC):
    """A run of any kind.

    Args:
        before: the books as they were before it was asked for.
        elsewhere: vouchers that somebody else has made since, by name.
        apart: its documents that somebody else has changed since.
    """

    stage: Stage
    run: str
    before: dict[str, Any]
    watch: Watch
    elsewhere: list[str] = field(default_factory=list)
    apart: list[str] = field(default_factory=list)

    @abstractmethod
    def wrong(self, *, ended: bool) -> list[str]:
        """Return everything that is wrong with it and with the books around it."""

    def ring(self) -> None:
        self.stage.call("ring(run)", run=self.run)

    def cancel(self) -> None:
        self.stage.call("cancel(run, user)", run=self.run, user=self.stage.user)

    def retry(self) -> str:
        """Try again, or resume, as the one who asked; return the run that goes on."""
        return str(self.stage.call("retry(run, user)", run=self.run, user=self.stage.user))

    def end(self, *wanted: str, seconds: float = 120.0) -> list[str]:
        """Wait until it has ended by itself; return everything that is wrong then.

        Args:
            wanted: the statuses that are right.
        """
        status = self.watch.until_ended(seconds=seconds)
        found = [] if status in wanted else [f"{self.run} is {status}, not {' or '.join(wanted)}: {self.watch.last}"]
        return found + self.wrong(ended=True)


@dataclass
class PaymentTrial(Trial):
    """A run that pays invoices out of a bank transaction.

    Args:
        invoices: names, in the order in which they are paid.
    """

    transaction: str = ""
    invoices: list[str] = field(default_factory=list)

    def spoil(self) -> None:
        """Have somebody pay its last invoice in cash, so that the run must be undone."""
        last = self.invoices[-1]
        self.elsewhere.append(self.stage.call("pay_elsewhere(office, invoice)", invoice=last))
        self.apart.append(last)

    def wrong(self, *, ended: bool) -> list[str]:
        call = "wrong(before, runs, ended=ended, besides=besides, apart=apart)"
        values = {"besides": self.elsewhere, "apart": self.apart}
        found = self.stage.call(call, before=self.before, runs=[self.run], ended=ended, **values)
        return [*self.watch.wrong, *found]
