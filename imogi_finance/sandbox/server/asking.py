"""What requests bring along, read strictly: bodies, flags, numbers."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from starlette.requests import Request

from imogi_finance.errors import Refused

LARGEST_BODY = 32 * 1024 * 1024


async def body_of(request: Request) -> bytes:
    """Return a request's body.

    Raises:
        Refused: it is larger than any selection.
    """
    body = await request.body()
    if len(body) > LARGEST_BODY:
        raise Refused.because("Request", "too_large", f"It has {len(body):,} bytes.", "Select fewer rows.")
    return body


def parse(body: bytes, fields: Collection[str]) -> dict[str, Any]:
    """Read a JSON object that has no other fields than these.

    Raises:
        Refused: it is something else.
    """
    try:
        asked = json.loads(body)
        if b"\\u" in body:
            json.dumps(asked, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise Refused.because("Request", "malformed", f"It is not JSON: {error}.", "Send a JSON object.") from error
    if not isinstance(asked, dict) or not set(asked) <= set(fields):
        raise Refused.because("Request", "malformed", "Its fields are not understood.", f"Send {sorted(fields)}.")
    return asked


def flag(asked: Mapping[str, Any], name: str, default: bool) -> bool:
    """Return a field that is true or false.

    Raises:
        Refused: it is neither.
    """
    value = asked.get(name, default)
    if not isinstance(value, bool):
        raise Refused.because("Request", "malformed", f"{name} is neither true nor false.", "Send true or false.")
    return value


def number(request: Request, name: str, default: int) -> int:
    """Return a whole number of the address's query.

    Raises:
        Refused: it is none.
    """
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refused.because("Request", "malformed", f"{name} is no number: {text!r:.20}.", "Send a whole number.")
    return int(text)
