"""Indonesian throughout: every text a person reads has one, in the app's own file or in those of Frappe and ERPNext."""

from __future__ import annotations

import re

import frappe
import pytest
from frappe.translate import get_all_translations

from tests.erpnext.screens.strings import known_sentences, sentences, texts, translations

# Names of series and queues are not words.
_NO_WORDS = re.compile(r"^[A-Z]+-\.YYYY\.|^(long|default|short)$")
# What ERPNext says wrongly on the app's own screens: "Draft" is a drink there, "Party" a political one.
_MENDED = {
    "Amount",
    "Documents",
    "Draft",
    "Outstanding",
    "Party Name",
    "Party Type",
    "Payments",
    "Unpaid",
    "Working",
}
# Code that puts a phrase where the Desk's sentence has words of its own: one example of each.
_EXAMPLES = {
    "Waiting for a worker to reconcile {0} documents with {1}.": ("3", "bank transaction BT-1"),
    "Allocating {0} to {1}.": ("IDR 5", "bank transaction BT-1"),
    "{0} documents for {1} are reconciled with {2}.": ("3", "IDR 5", "bank transaction BT-1"),
    "It is {0}.": ("a draft",),
    "{0} is more than the {1} {2}.": ("IDR 5", "IDR 3", "outstanding"),
    "A {0} does not pay a {1}.": ("withdrawal", "invoice of a customer"),
    "Its payments are on hold{0}.": (" until 2026-01-31",),
    "It is on hold{0}.": (" until 2026-01-31",),
    "{0} is in the Accounting Period {1}, which is closed for a {2}.": ("2026-01-31", "Jan", "Payment Entry"),
    "Open {0} for a {1}, or {2}.": ("Jan", "Sales Invoice", "choose another posting date"),
    "The books are frozen until {0}, and {1} would be of {2}.": ("2026-01-31", "the invoices", "2026-01-05"),
    "The books are closed until {0}, and {1} would be of {2}.": ("2026-01-31", "the invoices", "2026-01-05"),
    "Cancel the Period Closing Voucher, or {0}.": ("choose another posting date",),
    "Item {0} {1}.": ("Lamp", "is disabled"),
    "Ask for the right to {0} Sales Invoices.": ("create",),
    "{0} may not use it in a {1}.": ("ana@office.example", "Payment Entry"),
    "{0} may not {1} a {2}.": ("ana@office.example", "create", "Payment Entry"),
}


@pytest.fixture
def indonesian(site: str) -> dict[str, str]:
    frappe.cache.delete_key("merged_translations")
    return get_all_translations("id")


def test_every_text_has_an_indonesian_one(indonesian: dict[str, str]) -> None:
    found = texts()
    assert len(found) > 500
    missing = {text: where for text, where in found.items() if not indonesian.get(text) and not _NO_WORDS.match(text)}
    assert missing == {}


def test_the_app_leaves_the_words_of_frappe_and_erpnext_alone(indonesian: dict[str, str]) -> None:
    theirs: dict[str, str] = {}
    for app in ("frappe", "erpnext"):
        theirs |= frappe.translate.get_translation_dict_from_file(
            frappe.get_app_path(app, "translations", "id.csv"), "id", app
        )
    changed = {text for text, own in translations().items() if text in theirs and theirs[text] != own}
    assert changed <= _MENDED


def test_places_are_the_same_in_both_languages() -> None:
    def places(text: str) -> list[str]:
        return sorted(re.findall(r"\{\d*\}", text))

    assert [text for text, own in translations().items() if places(text) != places(own)] == []


def test_the_desk_recognises_what_engine_checks_and_books_say(indonesian: dict[str, str]) -> None:
    known = known_sentences()
    assert [text for text in known if not indonesian.get(text)] == []
    said = sentences()
    assert len(said) > 100
    unknown = {text: where for text, where in said.items() if _recognised(_filled_in(text), known) is None}
    assert unknown == {}
    # The first that fits must be the one that was meant.
    mistaken = {text: first for text in known if (first := _recognised(text, known)) != text}
    assert mistaken == {}


def _filled_in(text: str) -> str:
    words = _EXAMPLES.get(text)
    return text if words is None else re.sub(r"\{(\d)\}", lambda place: words[int(place[1])], text)


def _recognised(text: str, known: list[str]) -> str | None:
    """Return the first sentence whose pattern fits, as the Desk finds it."""
    for sentence in known:
        pattern = re.sub(r"\\\{\d+\\\}", "(.+?)", re.escape(sentence))
        if re.fullmatch(pattern, text, re.DOTALL):
            return sentence
    return None
