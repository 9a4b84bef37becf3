"""How whitelisted functions answer errors: in the browser's words over HTTP, as they are everywhere else."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar

import frappe
from frappe import _
from frappe.utils import escape_html

from imogi_finance.batch.texts import is_text
from imogi_finance.erpnext_adapter.wording import in_language
from imogi_finance.errors import ImogiError, NotPermitted, Refused, Transient, UnknownRun

_Answer = TypeVar("_Answer", bound=Callable[..., Any])
_CODES: tuple[tuple[type[ImogiError], int], ...] = (
    (UnknownRun, 404),
    (NotPermitted, 403),
    (Refused, 422),
    (Transient, 503),
    (ImogiError, 500),
)
_PROBLEMS_SHOWN = 10
_PROBLEMS_TOLD = 1_000  # of a run that may have a hundred times as many documents; the message counts the rest


def answered(function: _Answer) -> _Answer:
    """Turn the app's errors into HTTP answers: a status code, ``error`` as JSON, and a message for people.

    Goes below ``@frappe.whitelist``. From the console, a command or a job the exception itself is raised.
    """

    @wraps(function)
    def answer(*args: Any, **kwargs: Any) -> Any:
        try:
            _check_texts((*args, *kwargs.values()))
            return function(*args, **kwargs)
        except ImogiError as error:
            if not getattr(frappe.local, "request", None):
                raise
            frappe.db.rollback()
            tell(error)
            return None

    return answer  # type: ignore[return-value]


def _check_texts(arguments: Iterable[Any]) -> None:
    if not all(is_text(argument) for argument in arguments if isinstance(argument, str)):
        raise Refused.because("Request", "malformed", "A text holds half a letter.", "Send whole letters.")


def tell(error: ImogiError) -> None:
    """Put an error into the answer of this request."""
    response = frappe.local.response
    response["http_status_code"] = next(code for kind, code in _CODES if isinstance(error, kind))
    response["error"] = error_json(error)
    frappe.clear_messages()
    problems = error.problems if isinstance(error, Refused) else ()
    said = [str(problem) for problem in problems[:_PROBLEMS_SHOWN]] or [str(error)]
    lines = [escape_html(in_language(text, frappe.local.lang or "en")) for text in said]
    if len(problems) > _PROBLEMS_SHOWN:
        lines.append(_("And {0} more.").format(len(problems) - _PROBLEMS_SHOWN))
    as_list = len(lines) > 1
    frappe.msgprint(lines if as_list else lines[0], title=_("Not Done"), indicator="red", as_list=as_list)


def error_json(error: ImogiError) -> dict[str, Any]:
    """Return an error as the progress dialog shows it."""
    problems = error.problems if isinstance(error, Refused) else ()
    return {"message": str(error), "problems": [dict(vars(problem)) for problem in problems[:_PROBLEMS_TOLD]]}
