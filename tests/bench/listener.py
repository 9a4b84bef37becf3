"""A browser's connection to the site's realtime server, for tests: what it asks for, and all that it hears."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import socketio

from tests.bench.processes import SECONDS
from tests.bench.web_client import WebClient
from tests.bench.workbench import Workbench

PROBE = "probe"


class Listener:
    """A browser's connection: logged in by its cookie, and keeping everything that it hears."""

    def __init__(self, bench: Workbench, user: str) -> None:
        self.bench, self.user = bench, user
        self.web: WebClient = bench.login(user)
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self._room = f"/{bench.site}"
        self._socket = socketio.AsyncClient(reconnection=False)
        self._socket.on("*", self._hear, namespace=self._room)

    async def _hear(self, event: str, payload: Any = None) -> None:
        self.heard.append((event, payload if isinstance(payload, dict) else {"value": payload}))

    async def connect(self) -> None:
        headers = {"Cookie": f"sid={self.web.sid}", "Origin": self.bench.url}
        await self._socket.connect(
            self.bench.socket_url, headers=headers, namespaces=[self._room], wait_timeout=int(SECONDS)
        )

    async def emit(self, event: str, *arguments: str) -> None:
        await self._socket.emit(event, arguments, namespace=self._room)

    async def close(self) -> None:
        await self._socket.disconnect()

    def payloads(self, event: str, run: str) -> list[dict[str, Any]]:
        return [payload for name, payload in self.heard if name == event and payload.get("job_id") == run]

    async def joined(self, doctype: str, name: str) -> None:
        """Ask for a document's room, and wait until what is said there is heard."""
        await self.emit("doc_subscribe", doctype, name)
        room = {"doctype": doctype, "docname": name}
        await self._until_probed(f"frappe.publish_realtime('{PROBE}', {{'in': docname}}, **room)", name, room)

    async def reached(self) -> None:
        """Wait until everything that was sent before has come: a last word to the user is heard."""
        await self._until_probed(f"frappe.publish_realtime('{PROBE}', {{'in': docname}}, user=docname)", self.user, {})

    async def _until_probed(self, code: str, mark: str, room: dict[str, str]) -> None:
        def probe() -> bool:
            self.bench.inside(code, docname=mark, room=room)
            return (PROBE, {"in": mark}) in self.heard

        await until(probe, f"{self.user} to hear of {mark}")


async def until(look: Callable[[], object], what: str) -> None:
    """Wait for a condition while events come in."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + SECONDS
    while not look():
        assert loop.time() < deadline, f"waited in vain for {what}"
        await asyncio.sleep(0.1)
