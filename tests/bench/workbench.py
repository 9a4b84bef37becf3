"""A bench of a test's own: the user's apps and environment, a site and servers of nobody else.

Its folder holds links to the apps of the bench on this machine and to a copy of this checkout, and its own ``sites``,
database files and Redis, on ports of its own. ``FRAPPE_BENCH_ROOT`` makes Frappe and its Node programs take it for
their bench. So tests meet no data, no worker and no cache of anybody, and nothing has to be put back after them.
"""

from __future__ import annotations

import getpass
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from tests.bench.host import Host, clean_environment
from tests.bench.inside import Inside
from tests.bench.processes import MARK, SECONDS, Failed, Process, answers, on_a_free_port, wait_for
from tests.bench.web_client import WebClient, is_up

SITE = "imogi-test.localhost"
APP = "imogi_finance"
PASSWORD = "test"
_DATABASE_OPTIONS = (
    "--no-defaults",
    "--bind-address=127.0.0.1",
    "--socket=server.sock",  # within the data folder: a long path would not fit
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_unicode_ci",
    "--innodb-buffer-pool-size=256M",
    "--innodb-log-file-size=64M",
    "--innodb-flush-log-at-trx-commit=2",  # a killed process loses nothing; a machine's crash is not tested
    "--innodb-doublewrite=0",
    "--skip-log-bin",
    "--performance-schema=0",
)


@dataclass
class Workbench:
    """A bench with one site.

    Args:
        folder: of its own.
        session: folder of the test session, by which what it starts is known.
        site: name of its site.
    """

    host: Host
    folder: Path
    session: Path
    site: str = SITE
    _processes: dict[str, Process] = field(default_factory=dict)
    _inside: Inside | None = None

    # folders and environment

    @property
    def sites(self) -> Path:
        return self.folder / "sites"

    @property
    def checkout(self) -> Path:
        """The copy of this checkout that is tested."""
        return self.folder / "apps" / APP

    @property
    def environment(self) -> dict[str, str]:
        """The environment of everything that works on this bench."""
        return clean_environment() | {
            "FRAPPE_BENCH_ROOT": str(self.folder),
            "FRAPPE_SITE": self.site,
            "PYTHONPATH": ":".join(
                [*(str(self.folder / "apps" / app) for app in self._own_apps), str(self.host.libraries)]
            ),
            "HOME": os.environ.get("HOME", "/"),
            "GIT_CEILING_DIRECTORIES": str(self.folder),
            MARK: str(self.session),
        }

    @property
    def _own_apps(self) -> list[Path]:
        """The apps that the user's environment does not have, or has of another checkout."""
        listed = (self.sites / "apps.txt").read_text().split()
        return [self.folder / "apps" / app for app in listed if app not in ("frappe", "erpnext")]

    def add_app(self, name: str, source: Path) -> None:
        """Put another app on the bench, as `bench get-app` does."""
        _link(self.folder / "apps" / name, source)
        with (self.sites / "apps.txt").open("a") as listed:
            listed.write(f"\n{name}")

    def config(self, **changes: object) -> dict[str, Any]:
        """Return what holds for the whole bench; with arguments, change it."""
        path = self.sites / "common_site_config.json"
        found: dict[str, Any] = json.loads(path.read_text())
        if changes:
            found.update(changes)
            path.write_text(json.dumps(found, indent=1, sort_keys=True))
        return found

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

    # servers

    def start(self) -> None:
        """Start its database and Redis.

        Raises:
            Failed: one of them does not start.
        """
        self._processes["database"] = on_a_free_port(self._start_database)
        self._processes["redis"] = on_a_free_port(self._start_redis)

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

    def _start_database(self, port: int) -> Process:
        command = [
            self.host.program("mariadbd"),
            *_DATABASE_OPTIONS,
            f"--datadir={self.folder / 'data'}",
            f"--port={port}",
        ]
        if os.geteuid() == 0:
            command.append("--user=root")
        server = self._process("database", command, self.folder)
        server.wait_until(lambda: answers(port), f"the database server on port {port}")
        self.config(db_port=port)
        return server

    def _start_redis(self, port: int) -> Process:
        options = [
            "--bind",
            "127.0.0.1",
            "--port",
            str(port),
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            str(self.folder),
        ]
        server = self._process("redis", [self.host.program("redis-server"), *options], self.folder)
        server.wait_until(lambda: answers(port), f"Redis on port {port}")
        url = f"redis://127.0.0.1:{port}"
        self.config(redis_cache=f"{url}/0", redis_queue=f"{url}/1", redis_socketio=f"{url}/1")
        return server

    def _process(self, name: str, command: list[str], folder: Path, **environment: str) -> Process:
        log = self.folder / "logs" / f"{name}.log"
        return Process(command, folder=folder, environment=self.environment | environment, log=log)

    @property
    def redis(self) -> redis.Redis:
        """A connection to the queue's Redis."""
        return redis.Redis.from_url(self.config()["redis_queue"])

    @property
    def url(self) -> str:
        """The site's address; its web server is started where it is not running."""
        if "web" not in self._processes:
            self._processes["web"] = on_a_free_port(self._start_web)
        return f"http://127.0.0.1:{self.config()['webserver_port']}"

    def _start_web(self, port: int) -> Process:
        self.config(webserver_port=port)
        self._socket_port()  # pages tell it to the browser
        command = self._frappe_command("serve", "--port", str(port), "--noreload")
        # DEV_SERVER: the Desk then finds the realtime server at its own port, as no proxy stands before both
        server = self._process("web", command, self.sites, DEV_SERVER="1")
        server.wait_until(lambda: is_up(f"http://127.0.0.1:{port}"), f"the web server on port {port}")
        return server

    @property
    def socket_url(self) -> str:
        """The realtime server's address; it is started where it is not running."""
        if "socketio" not in self._processes:
            self._processes["socketio"] = on_a_free_port(self._start_socketio)
        return f"http://127.0.0.1:{self.config()['socketio_port']}"

    def _start_socketio(self, port: int) -> Process:
        self.config(socketio_port=port)
        command = [self.host.program("node"), str(self.folder / "apps/frappe/socketio.js")]
        server = self._process("socketio", command, self.folder)
        server.wait_until(lambda: answers(port), f"the realtime server on port {port}")
        return server

    @contextmanager
    def without_realtime(self) -> Iterator[None]:
        """Have no realtime server for the block; pages that look for it find nobody."""
        port = self._socket_port()
        self._processes.pop("socketio").stop()
        try:
            yield
        finally:
            self._processes["socketio"] = self._start_socketio(port)

    def _socket_port(self) -> int:
        assert self.socket_url
        return int(self.config()["socketio_port"])

    @contextmanager
    def worker(self, **environment: str) -> Iterator[Process]:
        """Have a worker for the block, as `bench worker` starts it; ready to take jobs when the block begins."""
        before = self.redis.scard("rq:workers")
        name = f"worker-{len(list((self.folder / 'logs').glob('worker-*')))}"
        command = self._frappe_command("worker", "--queue", "long,default,short")
        process = self._process(name, command, self.sites, **environment)
        self._processes[name] = process
        try:
            process.wait_until(lambda: self.redis.scard("rq:workers") > before, "the worker to register")
            yield process
        finally:
            process.stop()
            del self._processes[name]

    def stop(self) -> None:
        """End all that was started on this bench."""
        self.reconnect()
        for process in reversed(self._processes.values()):
            process.kill()
        self._processes.clear()

    def shut_down(self) -> None:
        """End its servers in good order, so that its files can be copied."""
        for process in reversed(self._processes.values()):
            process.stop(seconds=SECONDS)
        self._processes.clear()

    # working on it

    def _frappe_command(self, *words: str) -> list[str]:
        return [str(self.host.python), "-m", "frappe.utils.bench_helper", "frappe", "--site", self.site, *words]

    def command(
        self, *words: str, typed: str | None = None, seconds: float = SECONDS * 4
    ) -> subprocess.CompletedProcess[str]:
        """Run `bench --site SITE …`, whatever its exit code."""
        return self._run(self._frappe_command(*words), typed, seconds)

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

    def logs(self) -> str:
        """Return the ends of all logs, for a test that failed."""
        found = sorted([*(self.folder / "logs").glob("*.log"), *(self.sites / self.site / "logs").glob("*.log")])
        parts = [
            f"--- {path.name}\n{path.read_text(errors='replace')[-3000:]}" for path in found if path.stat().st_size
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
