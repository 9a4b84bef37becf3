"""A Socket.IO client that writes down what it hears, with an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

import socketio

_T = TypeVar("_T")
_PATIENCE_SECONDS = 60.0


@dataclass
class Listener:
    """Connected from its making until ``close``."""

    client: socketio.AsyncClient
    loop: asyncio.AbstractEventLoop
    thread: threading.Thread
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @classmethod
    def connect(cls, address: str, **options: Any) -> Listener:
        """Connect to a server.

        Raises:
            socketio.exceptions.ConnectionError: it refuses.
        """
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        listener = cls(socketio.AsyncClient(reconnection=False), loop, thread)
        listener.client.on("*", listener._hear)
        try:
            listener._do(listener.client.connect(address, **options))
        except BaseException:
            listener.close()
            raise
        return listener

    def call(self, event: str, data: object) -> Any:
        """Send an event; return its acknowledgement."""
        return self._do(self.client.call(event, data, timeout=_PATIENCE_SECONDS))

    def subscribe(self, job: str) -> Any:
        return self.call("subscribe", {"job_id": job})

    def told(self, event: str) -> list[dict[str, Any]]:
        """Return what came with each event of a name, in order."""
        return [payload for name, payload in self.heard if name == event]

    def close(self) -> None:
        self._do(self.client.disconnect())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def _hear(self, event: str, payload: dict[str, Any]) -> None:
        self.heard.append((event, payload))

    def _do(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(_PATIENCE_SECONDS)
