"""The first state of a site: made once, kept in the bench, and copied for each test's own.

Two stages: ERPNext set up with a company, which depends on the bench's apps alone and is kept between sessions; and the
same with this checkout's app installed, which is made anew for each session.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.host import ROOT, Host
from tests.bench.processes import Failed
from tests.bench.workbench import APP, PASSWORD, Workbench, copy_workbench

_FORMAT = "2"  # raised when what is kept is made otherwise
_ROOT_PASSWORD = "imogi-test"  # of a server that listens on this machine only, for as long as a test runs
_NOT_COPIED = (
    ".git",
    ".venv",
    "__pycache__",
    "node_modules",
    "dist",
    "artefacts",
    "*.egg-info",
    ".*_cache",
    ".hypothesis",
)
Say = Callable[[str], None]


def kept_base(host: Host, home: Path, session: Path, say: Say) -> Path:
    """Return the folder of a bench whose site has ERPNext and a company; made where it is not kept yet."""
    kept = home / f"base-{host.fingerprint}-{_FORMAT}"
    with _locked(home / "base.lock", say):
        if not (kept / "complete").exists():
            say("Making a site with ERPNext, once for this bench (some minutes) …")
            started = time.monotonic()
            for old in home.glob("base-*"):
                if old.is_dir():
                    shutil.rmtree(old)
            made = _make_base(host, session)
            made.rename(kept)
            (kept / "complete").touch()
            say(f"… made in {time.monotonic() - started:.0f} s.")
    return kept


def _make_base(host: Host, session: Path) -> Path:
    bench = Workbench(host, session / "base", session)
    bench.lay_out(checkout=None)
    _make_database_files(host, bench.folder)
    try:
        bench.start()
        _set_root_password(bench)
        root = ["--db-root-username", "root", "--db-root-password", _ROOT_PASSWORD, "--admin-password", PASSWORD]
        bench.frappe("new-site", bench.site, *root, "--mariadb-user-host-login-scope", "%", "--install-app", "erpnext")
        bench.python(str(ROOT / "tests/bench/set_up_company.py"), bench.site)
    except BaseException:
        bench.stop()
        raise
    bench.shut_down()
    return bench.folder


def _make_database_files(host: Host, folder: Path) -> None:
    command = [
        host.program("mariadb-install-db"),
        "--no-defaults",
        f"--datadir={folder / 'data'}",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        "--innodb-log-file-size=64M",
    ]
    if os.geteuid() == 0:
        command.append("--user=root")
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{command[0]} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


def _set_root_password(bench: Workbench) -> None:
    code = (
        "import pymysql, sys; c = pymysql.connect(host='127.0.0.1', port=int(sys.argv[1]), user='root').cursor();"
        "c.execute('SELECT user, host FROM mysql.global_priv WHERE user = \"root\"');"
        "[c.execute('ALTER USER %s@%s IDENTIFIED BY %s', (*row, sys.argv[2])) for row in c.fetchall()]"
    )
    bench.python("-c", code, str(bench.config()["db_port"]), _ROOT_PASSWORD)


def with_the_app(host: Host, base: Path, session: Path, say: Say) -> Path:
    """Return the folder of a bench whose site has this checkout's app installed and its assets built."""
    checkout = session / "checkout"
    shutil.copytree(ROOT, checkout, ignore=shutil.ignore_patterns(*_NOT_COPIED), symlinks=True)
    bench = Workbench(host, session / "with-app", session)
    copy_workbench(base, bench.folder)
    bench.lay_out(checkout)
    try:
        bench.start()
        say("Installing the app …")
        bench.frappe("install-app", APP)
        say("Building its assets …")
        bench.frappe("build", "--app", APP)
    except BaseException:
        bench.stop()
        raise
    bench.shut_down()
    return bench.folder


@contextmanager
def _locked(path: Path, say: Say) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another test session is making the site; waiting for it …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
