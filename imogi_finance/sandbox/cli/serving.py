"""``serve`` and ``worker``: the processes that stay."""

from __future__ import annotations

import logging
from contextlib import suppress

import click

from imogi_finance.sandbox.cli.command import Invocation, command
from imogi_finance.sandbox.cli.session import open_session

_pace = click.option(
    "--pace", type=click.IntRange(0, 60_000), default=0, metavar="MS", help="Slow each payment down by this."
)


@command("serve")
@click.option("--port", type=click.IntRange(0, 65_535), default=8765, show_default=True, help="0 takes any free one.")
@click.option("--workers", type=click.IntRange(0, 64), default=1, show_default=True, help="Workers to run beside it.")
@_pace
def serve(call: Invocation, *, port: int, workers: int, pace: int) -> None:
    """Serve the page on this machine until Ctrl-C."""
    from imogi_finance.sandbox.server import serve as serve_page

    with open_session(call.home):
        pass  # says now, not in the browser, what is wrong with the home

    def ready(address: str) -> None:
        call.out.json({"address": address, "home": str(call.home.path), "workers": workers, "pace_ms": pace})
        call.out.say(("✓ ", "green"), "The page is at ", (address, "bold cyan"), " — Ctrl-C ends it.")

    with suppress(KeyboardInterrupt):  # the way it is meant to end
        serve_page(call.home, port=port, workers=workers, pace_ms=pace, on_ready=ready)


@command("worker")
@click.option("--count", type=click.IntRange(1, 64), default=1, show_default=True, help="How many.")
@_pace
def worker(call: Invocation, *, count: int, pace: int) -> None:
    """Run workers until Ctrl-C; they end after the chunk they are at."""
    from imogi_finance.sandbox.redis_server import using_redis
    from imogi_finance.sandbox.workers.supervisor import run_workers

    with open_session(call.home):
        pass
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True)
    with using_redis(call.home):
        call.out.json({"workers": count, "home": str(call.home.path), "pace_ms": pace})
        call.out.say(f"{count} worker{'s' * (count > 1)} for {call.home.path} — Ctrl-C ends.")
        run_workers(call.home, count=count, pace_ms=pace)
