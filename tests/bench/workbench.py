"""A bench of a test's own: the user's apps and environment, a site and servers of nobody else.

Its folder holds links to the apps of the bench on this machine and to a copy of this checkout, and its own ``sites``,
database files and Redis, on ports of its own. ``FRAPPE_BENCH_ROOT`` makes Frappe and its Node programs take it for
their bench. So tests meet no data, no worker and no cache of anybody, and nothing has to be put back after them.
"""

from __future__ import annotations

import getpass
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.inside import Inside
from tests.bench.processes import SECONDS, Failed, answers, on_a_free_port, wait_for
from tests.bench.servers import Servers
from tests.bench.web_client import WebClient

APP = "imogi_finance"
PASSWORD = "test"


@dataclass
class Workbench(Servers):
    """A bench with one site; its servers are those of ``Servers``."""

    _inside: Inside | None = None

    # apps and sites

    @property
    def checkout(self) -> Path:
        """The copy of this checkout that is tested."""
        return self.folder / "apps" / APP

    def add_app(self, name: str, source: Path) -> None:
        """Put another app on the bench, as `bench get-app` does."""
        _link(self.folder / "apps" / name, source)
        with (self.sites / "apps.txt").open("a") as listed:
            listed.write(f"\n{name}")

    def lay_out(self, checkout: Path | None) -> None:
        """Make its folders; with a checkout, the app is one of the bench's."""
        apps = {"frappe": self.host.bench / "apps/frappe", "erpnext": self.host.bench / "apps/erpnext"}
        if checkout:
            apps[APP] = checkout
        for name in ("apps", "logs", "config/pids", "sites"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        for name, source in apps.items():
            _link(self.folder / "apps" / name, source)
        _link(self.folder / "env", self.host.bench / "env")
        (self.sites / "apps.txt").write_text("\n".join(apps))
        if not (self.sites / "assets").exists():
            shutil.copytree(self.host.bench / "sites/assets", self.sites / "assets", symlinks=True)
        for name, source in apps.items():
            _link(self.sites / "assets" / name, source / name / "public")
        if not (self.sites / "common_site_config.json").exists():
            (self.sites / "common_site_config.json").write_text("{}")
            self.config(
                db_host="127.0.0.1",
                dns_multitenant=1,
                mute_emails=1,
                background_workers=1,
                serve_default_site=True,
                default_site=self.site,
                live_reload=False,
                developer_mode=0,
                frappe_user=getpass.getuser(),  # for the program `bench`, which else will not be run by root
            )

    def use_site_of_host(self) -> None:
        """Work on a site of the bench on this machine; its database server is started where it does not answer.

        Raises:
            Failed: there is no such site, or its server does not start.
        """
        home = self.host.bench / "sites"
        if not (home / self.site / "site_config.json").exists():
            raise Failed(f"FRAPPE_SITE={self.site}: there is no such site at {home}")
        _link(self.sites / self.site, home / self.site)
        theirs = json.loads((home / "common_site_config.json").read_text())
        known = {name: theirs[name] for name in ("db_host", "db_port", "db_socket", "encryption_key") if name in theirs}
        self.config(**known)
        port = int(theirs.get("db_port") or 3306)
        if theirs.get("db_host", "127.0.0.1") in ("127.0.0.1", "localhost") and not answers(port):
            server = self._process("database", [self.host.program("mariadbd-safe"), f"--port={port}"], self.folder)
            self._processes["database"] = server
            server.wait_until(lambda: answers(port), f"the bench's database server on port {port}")
        self._processes["redis"] = on_a_free_port(self._start_redis)
        if APP not in self.frappe("list-apps"):
            self.frappe("install-app", APP)
        self.frappe("migrate", "--skip-search-index")

    def stop(self) -> None:
        """End all that was started on this bench."""
        self.reconnect()
        super().stop()

    # working on it

    def command(
        self, *words: str, typed: str | None = None, seconds: float = SECONDS * 4
    ) -> subprocess.CompletedProcess[str]:
        """Run `bench --site SITE …`, whatever its exit code."""
        return self._run(self.frappe_command(*words), typed, seconds)

    def frappe(self, *words: str) -> str:
        """Run `bench --site SITE …`; return what it printed.

        Raises:
            Failed: it ended with an error; with all that it printed.
        """
        return self._checked(self.command(*words))

    def python(self, *words: str) -> str:
        """Run the bench's Python in ``sites``; return what it printed.

        Raises:
            Failed: it ended with an error; with all that it printed.
        """
        return self._checked(self._run([str(self.host.python), *words], None, SECONDS * 4))

    def _run(self, command: list[str], typed: str | None, seconds: float) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                command,
                cwd=self.sites,
                env=self.environment,
                input=typed or "",
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise Failed(
                f"{' '.join(command)} did not end in {seconds:.0f} s:\n{error.output}\n{error.stderr}"
            ) from error

    @staticmethod
    def _checked(done: subprocess.CompletedProcess[str]) -> str:
        if done.returncode:
            said = f"{done.stdout[-8000:]}\n{done.stderr[-8000:]}"
            raise Failed(f"{' '.join(done.args)} ended with {done.returncode}:\n{said}")
        return str(done.stdout)

    @property
    def inside(self) -> Inside:
        """A Python connected to the site, with ``frappe`` and ``office`` at hand; started where it is not running."""
        if self._inside is None:
            log = self.folder / "logs" / "inside.log"
            self._inside = Inside(str(self.host.python), self.sites, self.environment, log)
        return self._inside

    def reconnect(self) -> None:
        """Have another Python inside from now on: one that sees other code, or other apps on the site."""
        if self._inside is not None:
            self._inside.close()
            self._inside = None

    def login(self, user: str = "Administrator", password: str = PASSWORD) -> WebClient:
        """Return a browser's worth of session on the site."""
        return WebClient(self.url, user, password)

    def tick(self) -> None:
        """Let the scheduler look once: what is due is enqueued for a worker."""
        self.inside("from frappe.utils.scheduler import enqueue_events; enqueue_events(site)")

    def wait_until(self, code: str, what: str, *, seconds: float = SECONDS) -> Any:
        """Wait until an expression, looked at inside, is true; return it."""
        return wait_for(lambda: self.inside.value(code), what, seconds=seconds)

    def logs(self, *, size: int = 3000) -> str:
        """Return the ends of all logs, of so many characters each, for a test that failed."""
        found = sorted([*(self.folder / "logs").glob("*.log"), *(self.sites / self.site / "logs").glob("*.log")])
        parts = [
            f"--- {path.name}\n{path.read_text(errors='replace')[-size:]}" for path in found if path.stat().st_size
        ]
        return "\n".join(parts)


def copy_workbench(source: Path, target: Path) -> None:
    """Copy a bench whose servers are stopped."""
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], check=True, stdin=subprocess.DEVNULL)
    for log in (*target.glob("logs/*"), *target.glob("sites/*/logs/*")):
        log.unlink()


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() or link.exists():
        link.unlink()
    link.symlink_to(target)
