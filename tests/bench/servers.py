"""The servers of a test's own bench: database, Redis, web, realtime and workers, each on a free port.

Everything is found by the bench's ``common_site_config.json`` and started with ``FRAPPE_BENCH_ROOT``, by which Frappe
and its Node programs take the folder for their bench.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from tests.bench.host import Host, clean_environment
from tests.bench.processes import MARK, SECONDS, Process, answers, on_a_free_port
from tests.bench.web_client import is_up

SITE = "imogi-test.localhost"
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
class Servers:
    """A bench's folder and what runs on it.

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

    # folders and environment

    @property
    def sites(self) -> Path:
        return self.folder / "sites"

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

    def config(self, **changes: object) -> dict[str, Any]:
        """Return what holds for the whole bench; with arguments, change it."""
        path = self.sites / "common_site_config.json"
        found: dict[str, Any] = json.loads(path.read_text())
        if changes:
            found.update(changes)
            path.write_text(json.dumps(found, indent=1, sort_keys=True))
        return found

    # servers

    def start(self) -> None:
        """Start its database and Redis.

        Raises:
            Failed: one of them does not start.
        """
        self._processes["database"] = on_a_free_port(self._start_database)
        self._processes["redis"] = on_a_free_port(self._start_redis)

    def _start_database(self, port: int) -> Process:
        own = self.folder / "tmp"  # a server that starts removes the temporary tables of every other one beside it
        own.mkdir(exist_ok=True)
        command = [
            self.host.program("mariadbd"),
            *_DATABASE_OPTIONS,
            f"--datadir={self.folder / 'data'}",
            f"--tmpdir={own}",
            f"--port={port}",
        ]
        if os.geteuid() == 0:
            command.append("--user=root")
        server = self._process("database", command, self.folder)
        server.wait_until(lambda: answers(port), f"the database server on port {port}")
        self.config(db_port=port)
        return server

    def _start_redis(self, port: int, *, keeps: bool = False) -> Process:
        keeping = ["--appendonly", "yes" if keeps else "no", "--appendfsync", "always"]
        options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", *keeping, "--dir", str(self.folder)]
        server = self._process("redis", [self.host.program("redis-server"), *options], self.folder)
        server.wait_until(lambda: answers(port), f"Redis on port {port}")
        url = f"redis://127.0.0.1:{port}"
        self.config(redis_cache=f"{url}/0", redis_queue=f"{url}/1", redis_socketio=f"{url}/1")
        return server

    def lose_redis(self) -> None:
        """Kill Redis, and start it again at its port with nothing in it."""
        port = int(self.config()["redis_queue"].rpartition(":")[2].partition("/")[0])
        self._processes["redis"].kill()
        self._processes["redis"] = self._start_redis(port)

    def kill_server(self, name: str) -> None:
        """Kill the server "database" or "redis" with SIGKILL."""
        self._processes[name].kill()

    def start_database_again(self) -> None:
        """Start the database server again on its port, after it was killed."""
        self._processes["database"] = self._start_database(int(self.config()["db_port"]))

    def start_redis_again(self, *, keeps: bool = False) -> None:
        """Start Redis again on its port; one that runs is killed first.

        Args:
            keeps: it writes down what it is told, and begins with what it had written down before.
        """
        self.kill_server("redis")
        port = int(self.config()["redis_queue"].partition("//")[2].partition(":")[2].partition("/")[0])
        self._processes["redis"] = self._start_redis(port, keeps=keeps)

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
        command = self.frappe_command("serve", "--port", str(port), "--noreload")
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
        command = self.frappe_command("worker", "--queue", "long,default,short")
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
        for process in reversed(self._processes.values()):
            process.kill()
        self._processes.clear()

    def shut_down(self) -> None:
        """End its servers in good order, so that its files can be copied."""
        for process in reversed(self._processes.values()):
            process.stop(seconds=SECONDS)
        self._processes.clear()

    def frappe_command(self, *words: str) -> list[str]:
        """Return the command line of `bench --site SITE …`."""
        return [str(self.host.python), "-m", "frappe.utils.bench_helper", "frappe", "--site", self.site, *words]
