"""The engine's own sentences in a person's language, where no Desk says them: in notifications, mails and messages.

The engine knows no languages and speaks English. Its sentences are recognised by their pattern and said again through
the translation, as ``public/js/desk/sentences.js`` does it, and by the same list.
"""

import json
import re
from functools import lru_cache
from pathlib import Path

import frappe
from frappe import _

_LISTED = re.compile(r'^\t("(?:[^"\\]|\\.)*"),$', re.MULTILINE)
_DOCTYPES = (
    "Purchase Invoice|Sales Invoice|Sales Order|Payment Entry|Bank Transaction|Batch Run"
    "|Company|Supplier|Customer|Item|Account|User"
)
_ABOUT = re.compile(rf"({_DOCTYPES}) ([^:]+): (.+)", re.DOTALL)
_NEXT_SENTENCE = re.compile(r"(?<=\.) (?=[A-Z])")


def in_language(text: str, lang: str) -> str:
    """Return a text of the engine in a language; a sentence that is not known stays as it is.

    Args:
        lang: code of the language ("id").
    """
    return text if lang.startswith("en") else _said(text, lang)


def _said(text: str, lang: str) -> str:
    whole = _sentence(text, lang)
    if whole is not None:
        return whole
    about = _ABOUT.fullmatch(text)
    if about is not None:
        return f"{_(about[1], lang=lang)} {about[2]}: {_said(about[3], lang)}"
    parts = _NEXT_SENTENCE.split(text)  # what is wrong, and what to do about it
    return " ".join(_sentence(part, lang) or part for part in parts)


def _sentence(text: str, lang: str) -> str | None:
    for sentence, pattern in _patterns():
        words = pattern.fullmatch(text)
        if words is not None:
            return _(sentence, lang=lang).format(*(_said(word, lang) for word in words.groups()))
    return None


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, "re.Pattern[str]"], ...]:
    """Return the sentences, the more particular ones first, with the patterns that recognise them."""
    listed = Path(frappe.get_app_path("imogi_finance", "public", "js", "desk", "sentence_list.js")).read_text("utf-8")
    sentences = [json.loads(literal) for literal in _LISTED.findall(listed)]
    return tuple((sentence, _pattern(sentence)) for sentence in sentences)


def _pattern(sentence: str) -> "re.Pattern[str]":
    return re.compile(re.sub(r"\\\{\d+\\\}", "(.+?)", re.escape(sentence)), re.DOTALL)
