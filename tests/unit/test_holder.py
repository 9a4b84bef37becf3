"""Who holds a run: a dead process is seen to be gone, and nobody living is ever taken for it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from imogi_finance.batch.holder import is_gone, this_process

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells when a process began")
SAY = "from imogi_finance.batch.holder import this_process; print(this_process(), flush=True); input()"


@contextmanager
def somebody() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Have another process; yield it with its name."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", SAY], stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def parts(holder: str) -> tuple[str, str, str, str]:
    place, _, mark = holder.partition("@")
    host, _, pid = place.rpartition(":")
    start, _, world = mark.partition(".")
    return host, pid, start, world


def test_a_process_is_there_until_it_is_killed_and_then_gone_whether_collected_or_not() -> None:
    with somebody() as (process, holder):
        assert not is_gone(holder)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and not collected
        assert is_gone(holder)
        process.wait()
        assert is_gone(holder)


@linux
def test_a_process_that_is_stopped_is_not_gone() -> None:
    with somebody() as (process, holder):
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        assert not is_gone(holder)


@linux
def test_another_process_with_the_number_of_a_dead_one_is_not_taken_for_it() -> None:
    host, pid, start, world = parts(this_process())
    assert is_gone(f"{host}:{pid}@{int(start) - 1}.{world}"), "its number is somebody else's by now"


@linux
@pytest.mark.parametrize(
    "other",
    [
        "another-host:{free}@1.{world}",
        "{host}:{free}@1.0123456789",  # a container of the same name, or the machine before it was started anew
        "{host}:{free}",  # written by a version that did not tell when it began
        "{host}:not-a-number@1.{world}",
        "request",
        "cancel",
        "",
    ],
)
def test_who_cannot_be_known_to_be_gone_is_not(other: str) -> None:
    host, _, _, world = parts(this_process())
    with somebody() as (process, _):
        process.kill()
        process.wait()
        assert is_gone(f"{host}:{process.pid}@1.{world}"), "or this test would prove nothing"
        assert not is_gone(other.format(host=host, free=process.pid, world=world))


def test_a_process_of_another_user_is_not_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_yours(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", not_yours)
    assert not is_gone(this_process())


def test_a_name_is_of_this_machine_and_process() -> None:
    assert this_process().startswith(f"{socket.gethostname()}:{os.getpid()}")
