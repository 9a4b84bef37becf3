"""Copies of documents that Frappe keeps in Redis, dropped together once a transaction is committed.

Frappe drops the copy of a document at each write to it and, lest somebody has made a copy of the old rows meanwhile,
once more after the commit: dozens of times for each payment, one message to Redis each. What is dropped after the
commit is the same here, each copy once and all of them in a message; and before anything else that waits for the
commit, so that nobody who is told of it finds an old copy.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import frappe

_CLEARS = ("frappe", "clear_document_cache.<locals>.clear_in_redis")
_AT_ONCE = 1000


def drop(doctype: str, names: Iterable[str]) -> None:
    """Drop the copies of documents as Frappe does for one: now, and when the transaction has ended, either way."""
    keys = [frappe.get_document_cache_key(doctype, name) for name in names]
    for callback in (_drop(keys[start : start + _AT_ONCE]) for start in range(0, len(keys), _AT_ONCE)):
        callback()
        frappe.db.after_commit.add(callback)
        frappe.db.after_rollback.add(callback)


@contextmanager
def at_hand(documents: Iterable[tuple[str, str]]) -> Iterator[None]:
    """Let who asks for Frappe's copy of a document in the block have one of its rows as they are now.

    Frappe makes a copy when it is first asked for and sends it to Redis, where others would find what is not committed
    yet; for an invoice that is paid, only to drop it a moment later. These copies are this process's own, and are gone
    with the block, or as soon as the document is written.

    Args:
        documents: doctype and name of each.
    """
    keys = []
    try:
        for doctype, name in documents:
            keys.append(frappe.cache.make_key(frappe.get_document_cache_key(doctype, name)))
            frappe.local.cache[keys[-1]] = frappe.get_doc(doctype, name)
        yield
    finally:
        for key in keys:
            frappe.local.cache.pop(key, None)


def dropped_together(callbacks: Sequence[Callable[[], Any]]) -> list[Callable[[], Any]]:
    """Return callbacks that do what these do, with those that drop one document's copy made few, and first."""
    keys: dict[str, None] = {}
    others: list[Callable[[], Any]] = []
    for callback in callbacks:
        key = _key_of(callback)
        if key is None:
            others.append(callback)
        else:
            keys[key] = None
    listed = list(keys)
    pages = (listed[start : start + _AT_ONCE] for start in range(0, len(listed), _AT_ONCE))
    return [*(_drop(page) for page in pages), *others]


def _drop(keys: list[str]) -> Callable[[], None]:
    return lambda: frappe.cache.delete_value(keys)


def _key_of(callback: Any) -> str | None:
    """Return the key of the copy that a callback drops; None where it does anything else."""
    if (getattr(callback, "__module__", None), getattr(callback, "__qualname__", None)) != _CLEARS:
        return None
    names = callback.__code__.co_freevars
    asked = dict(zip(names, (cell.cell_contents for cell in callback.__closure__ or ()), strict=True))
    doctype, name = asked.get("doctype"), asked.get("name")
    return frappe.get_document_cache_key(doctype, name) if doctype and name is not None else None
