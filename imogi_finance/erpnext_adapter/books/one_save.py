"""Submit a new document in one save: it is inserted, validated and posted once, instead of saved twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def _nothing(method: str) -> None:
    """Do nothing before a method."""


def submit_in_one_save(document: Any, before: Callable[[str], None] = _nothing) -> None:
    """Submit a document that was never saved.

    Frappe then leaves out ``before_save``, which hooks of apps may count on. So it is run where the first of the two
    saves would run it: right after validation.

    Args:
        before: told each method of the document's life ("validate", "on_submit") right before it runs.
    """

    def run_method(method: str, *args: Any, **kwargs: Any) -> Any:
        if method == "before_submit":
            run_as_ever("before_save")
        before(method)
        return run_as_ever(method, *args, **kwargs)

    run_as_ever = document.run_method
    document.run_method = run_method  # of this one document
    try:
        document.submit()
    finally:
        del document.run_method
