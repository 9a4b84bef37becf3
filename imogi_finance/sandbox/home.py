"""The sandbox's folder: one database, one private Redis, one company."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from imogi_finance.errors import Refused

DEFAULT = "~/.imogi-finance"


@dataclass(frozen=True)
class Home:
    """Where a sandbox lives.

    Args:
        path: its folder, absolute.
    """

    path: Path

    @classmethod
    def at(cls, path: str | Path | None = None) -> Home:
        """Return the home at a path, or at ``IMOGI_HOME``, or at the default place."""
        return cls(Path(path or os.environ.get("IMOGI_HOME") or DEFAULT).expanduser().resolve())

    @property
    def database(self) -> Path:
        return self.path / "company.db"

    @property
    def redis_folder(self) -> Path:
        return self.path / "redis"

    @property
    def exists(self) -> bool:
        return self.database.exists()

    def check_exists(self) -> None:
        """Raise unless there is a sandbox here.

        Raises:
            Refused: with the command that makes one.
        """
        if not self.exists:
            raise Refused.because(
                f"Folder {self.path}", "no_sandbox", "There is no sandbox here.", "Make one: imogi-finance init."
            )
