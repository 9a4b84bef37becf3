"""A wire between workers and the database that is cut in the very moment of a commit: before it arrives, or after.

The worker cannot tell the two apart: its connection is lost, and whether the commit stands must be read from the rows.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_COMMIT = b"\x03COMMIT"  # the command "query" of MariaDB's protocol, and its text
_SIZE = 65_536
_ANSWER_SECONDS = 10.0


class Wire:
    """Passes everything on between clients and a server on this machine, until it is told to cut.

    Args:
        server: the server's port.

    Attributes:
        port: where clients connect to.
        cut: set once it has cut.
    """

    def __init__(self, server: int) -> None:
        self._server = server
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.cut = threading.Event()
        self._lock = threading.Lock()
        self._left: int | None = None  # commits to be let through before the one that is cut; None: nothing is cut
        self._arrives = False
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_at_commit(self, *, after: int, arrives: bool) -> None:
        """Cut one connection at a commit.

        Args:
            after: how many commits are let through first.
            arrives: the server gets the commit, and its answer is lost; else the server gets nothing.
        """
        with self._lock:
            self.cut.clear()
            self._left, self._arrives = after, arrives

    def close(self) -> None:
        """Take no more clients."""
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._server))
            except OSError:
                return
            one = _Connection(client, server)
            threading.Thread(target=one.answers, daemon=True).start()
            threading.Thread(target=one.questions, args=(self,), daemon=True).start()

    def takes(self) -> bool | None:
        """Say what is to become of a commit: None, it is let through; else it is cut, and whether it arrives before."""
        with self._lock:
            if self._left is None:
                return None
            self._left -= 1
            if self._left >= 0:
                return None
            self._left = None
            return self._arrives


class _Connection:
    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self._client, self._server = client, server
        self._is_deaf = False
        self._answered = threading.Event()

    def questions(self, of: Wire) -> None:
        """Pass on what the client says, until it is cut."""
        while data := _received(self._client):
            arrives = of.takes() if data.endswith(_COMMIT) else None
            self._is_deaf = arrives is not None
            if arrives is not False and not _sent(self._server, data):
                break
            if arrives is not None:
                if arrives:
                    self._answered.wait(_ANSWER_SECONDS)
                self._close()
                of.cut.set()
                return
        self._close()

    def answers(self) -> None:
        """Pass on what the server says, unless nobody is to hear it."""
        while data := _received(self._server):
            if self._is_deaf:
                self._answered.set()
            elif not _sent(self._client, data):
                break
        self._close()

    def _close(self) -> None:
        for each in (self._client, self._server):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def _received(source: socket.socket) -> bytes:
    try:
        return source.recv(_SIZE)
    except OSError:
        return b""


def _sent(target: socket.socket, data: bytes) -> bool:
    try:
        target.sendall(data)
    except OSError:
        return False
    return True


@contextmanager
def wire(server: int) -> Iterator[Wire]:
    """Have a wire to a server for the block."""
    made = Wire(server)
    try:
        yield made
    finally:
        made.close()
