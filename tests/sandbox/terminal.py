"""What tests of the sandbox share: a home of their own, the command line, and the database's contents."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from imogi_finance.sandbox.cli import main
from imogi_finance.sandbox.home import Home
from imogi_finance.sandbox.storage.schema import TABLES
from imogi_finance.sandbox.storage.sqlite import SqliteRows

TODAY = date(2026, 3, 16)


@dataclass
class Terminal:
    """Runs ``imogi-finance`` on one home, in this process."""

    home: Home

    def run(self, *words: str) -> Result:
        """Run a command; its home is added."""
        return CliRunner().invoke(main, [*words, "--home", str(self.home.path)])

    def json(self, *words: str, code: int = 0) -> dict[str, Any]:
        """Run a command with --json; check its exit code and that exactly one object came."""
        result = self.run(*words, "--json")
        assert result.exit_code == code, result.output
        answer = json.loads(result.stdout)
        assert isinstance(answer, dict)
        assert result.stderr == ""
        return answer

    def refused(self, *words: str, rule: str) -> str:
        """Run a command that must be refused by a rule, leaving the database as it was; return the words."""
        before = self.contents()
        answer = self.json(*words, code=2)
        problem = answer["error"]["problems"][0]
        assert problem["rule"] == rule, answer
        result = self.run(*words)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert problem["remedy"].split()[0] in result.stderr
        assert "Traceback" not in result.stderr
        assert self.contents() == before
        return f"{problem['document']}: {problem['message']} {problem['remedy']}"

    def rows(self) -> SqliteRows:
        return SqliteRows(self.home.database)

    def query(self, sql: str, *values: object) -> list[dict[str, Any]]:
        rows = self.rows()
        try:
            return rows.query(sql, values)
        finally:
            rows.close()

    def contents(self) -> str:
        """Return a digest of every row of every table; of a home without a database, of nothing."""
        digest = hashlib.sha256()
        if self.home.exists:
            rows = self.rows()
            for table in (*TABLES, "series"):
                digest.update(repr(rows.query(f'SELECT * FROM "{table}"')).encode())
            rows.close()
        return digest.hexdigest()


def write(folder: Path, name: str, text: str | bytes) -> str:
    """Write a file; return its path."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)
