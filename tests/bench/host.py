"""The bench on this machine: where its programs and apps are. Tests read it and never write to it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PATH = f"{os.environ.get('PATH', '')}:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class BenchUnavailable(Exception):
    """There is no bench to test on; the message says in one line what is missing."""


@dataclass(frozen=True)
class Host:
    """A bench with Frappe and ERPNext.

    Args:
        bench: its folder.
    """

    bench: Path

    @classmethod
    def find(cls) -> Host:
        """Return the bench at ``FRAPPE_BENCH`` or ``~/frappe-bench``.

        Raises:
            BenchUnavailable: there is none, or something it needs is not on this machine.
        """
        host = cls(Path(os.environ.get("FRAPPE_BENCH") or "~/frappe-bench").expanduser().absolute())
        for needed in (host.python, host.bench / "apps/frappe", host.bench / "apps/erpnext"):
            if not needed.exists():
                raise BenchUnavailable(f"NO BENCH: {needed} is missing; name a bench with FRAPPE_BENCH")
        if not (host.bench / "sites/assets/assets.json").exists():
            raise BenchUnavailable(f"THE BENCH AT {host.bench} HAS NO ASSETS: run `bench build` in it first")
        for name in ("mariadbd", "mariadb-install-db", "redis-server", "node"):
            host.program(name)
        return host

    @property
    def python(self) -> Path:
        return self.bench / "env" / "bin" / "python"

    @staticmethod
    def program(name: str) -> str:
        """Return the path of a program.

        Raises:
            BenchUnavailable: it is not installed.
        """
        found = shutil.which(name, path=_PATH)
        if found is None:
            raise BenchUnavailable(f"NO {name.upper()}: bench tests start servers of their own; install {name}")
        return found

    @cached_property
    def libraries(self) -> Path:
        """The folder with pytest for the bench's Python, filled where it is not."""
        shell = [str(ROOT / "scripts/bench-python"), "-c", "import pytest; print(pytest.__file__)"]
        environment = {**clean_environment(), "FRAPPE_BENCH": str(self.bench)}
        done = subprocess.run(
            shell, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"pytest for the bench's Python cannot be had:\n{done.stdout}{done.stderr}"
        return Path(done.stdout.split()[-1]).parents[1]

    @cached_property
    def fingerprint(self) -> str:
        """What a site's first state depends on: the apps' versions and the database server's."""
        told = [subprocess.check_output([self.program("mariadbd"), "--version"], text=True)]
        for app in ("frappe", "erpnext"):
            folder = self.bench / "apps" / app / app
            told.append((folder / "__init__.py").read_text())
            # a bench on a branch moves between releases: its doctypes' and patches' ages tell
            told += [str((folder / "patches.txt").read_text()), str((folder / "hooks.py").read_text())]
        return hashlib.sha256("\0".join(told).encode()).hexdigest()[:12]


def clean_environment() -> dict[str, str]:
    """Return this process's environment without what would change a bench's behaviour."""
    # CI makes Frappe swallow an unreachable queue; FRAPPE_… would name somebody else's servers
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("FRAPPE_", "PYTEST_", "IMOGI_", "COV_"))
        and name not in ("CI", "PYTHONPATH", "SITES_PATH")
    } | {"PATH": _PATH, "PYTHONUNBUFFERED": "1", "LC_ALL": "C.UTF-8"}
