"""Who holds a run: a process of a machine, named so that no other is ever taken for it; and whether it is gone.

A lease runs out by itself. But on one machine one can see that a process has ended, and need not wait for that. A
wrong answer costs work, never money: whoever claims raises the epoch, and the old holder can write nothing any more.
So what cannot be known for certain is answered with "not gone".
"""

from __future__ import annotations

import hashlib
import os
import socket
from functools import cache

_ENDED = ("Z", "X", "x")  # it waits to be collected, or is just going
_START = 19  # of the fields after the program's name in /proc/PID/stat, which is field 2 of the whole


def this_process() -> str:
    """Return the name of this process as a holder: "host:pid@start.world".

    ``start`` is when the process began, so that one that gets its number later is another. ``world`` stands for the
    boot of the machine and the space its process numbers are of, so that a container of the same name is another.
    Where the system tells neither, the name is "host:pid".
    """
    pid = os.getpid()
    world, found = _world(), _look(pid)
    mark = f"@{found[1]}.{world}" if world and found else ""
    return f"{socket.gethostname()}:{pid}{mark}"


def is_gone(holder: str) -> bool:
    """Return whether a holder was a process of this machine that has ended; False where that cannot be known.

    Args:
        holder: what ``this_process`` said in the holder's process.
    """
    place, _, mark = holder.partition("@")
    host, _, pid = place.rpartition(":")
    start, _, world = mark.partition(".")
    if host != socket.gethostname() or world != _world() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:  # it is somebody else's
        pass
    found = _look(int(pid))
    if found is None:
        return False
    return found[0] in _ENDED or (bool(start) and found[1] != start)


def _look(pid: int) -> tuple[str, str] | None:
    """Return a process's state and when it began; None where the system does not say."""
    try:
        with open(f"/proc/{pid}/stat", encoding="latin-1") as stat:
            fields = stat.read().rpartition(")")[2].split()  # the program's name may hold spaces and brackets
    except OSError:
        return None
    return fields[0], fields[_START]


@cache
def _world() -> str:
    """Return what process numbers and times mean something within; "" where the system does not say."""
    try:
        if os.readlink("/proc/self") != str(os.getpid()):  # it tells of the processes of another space
            return ""
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as boot:
            parts = [boot.read(), os.readlink("/proc/self/ns/pid")]
    except OSError:
        return ""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:10]
