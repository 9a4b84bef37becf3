"""What ERPNext and Frappe refuse, told as one error about one document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape

import frappe
from frappe.utils import strip_html

from imogi_finance.bank_reconciliation.documents import INVOICE_TYPES
from imogi_finance.batch_invoicing.documents import ORDER_TYPE
from imogi_finance.errors import Conflict, DocumentError

_REFUSALS = (frappe.ValidationError, frappe.PermissionError, frappe.DuplicateEntryError)


@contextmanager
def blaming(document: str, *others: str) -> Iterator[None]:
    """Turn a refusal inside the block into a DocumentError, and keep what ERPNext says to a person out of the answer.

    Deadlocks, lock waits, lost connections and the queue's time-out are no refusals: they go through.

    Args:
        document: the document at fault, where the refusal names none of the others.
        others: documents ("Purchase Invoice PINV-1") any of which may be at fault, for the one whose name is told.

    Raises:
        DocumentError: ERPNext refused.
        Conflict: somebody else saved a document between our reading and our writing it.
    """
    said_before = len(frappe.message_log)
    try:
        yield
    except frappe.TimestampMismatchError as error:
        raise Conflict(f"{document} was changed by somebody else meanwhile") from error
    except _REFUSALS as error:
        told = plain(str(error)) or type(error).__name__
        named = [other for other in others if _names(told, other)]
        raise DocumentError(named[0] if len(named) == 1 else document, told) from error
    finally:
        del frappe.message_log[said_before:]


def plain(message: str) -> str:
    """Return a message of ERPNext's as one sentence of plain text."""
    text = " ".join(unescape(strip_html(message.replace("<br>", " ").replace("</br >", " "))).split())
    return text if not text or text[-1] in ".!?" else f"{text}."


def _names(told: str, document: str) -> bool:
    """Whether a message names a document ("Purchase Invoice PINV-1") by its whole name."""
    for doctype in (*INVOICE_TYPES, ORDER_TYPE):
        if document.startswith(f"{doctype} "):
            name = re.escape(document.removeprefix(f"{doctype} "))
            return re.search(rf"(?<![\w-]){name}(?![\w-])", told) is not None
    return False
