"""One random sequence: its own place in two companies, the documents it made, and what happens at every step."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, ClassVar

import frappe
from frappe.utils import now
from hypothesis.errors import StopTest, UnsatisfiedAssumption
from hypothesis.stateful import Bundle, RuleBasedStateMachine, multiple, rule

import imogi_finance
from imogi_finance.errors import ImogiError
from tests.erpnext.fuzz.footprint import changed, footprint
from tests.erpnext.fuzz.place import Place
from tests.erpnext.fuzz.shelf import Shelf
from tests.erpnext.fuzz.tally import Tally
from tests.erpnext.office import ErpOffice
from tests.erpnext.paid_status.settings import set_rule

COMPANIES = ("Imogi Bench Co", "Second Ledger Co")
_APP = str(Path(imogi_finance.__file__).parent)
_MILLIS = 1000

INVOICES = Bundle("invoices")
PAYMENTS = Bundle("payments")
JOURNALS = Bundle("journals")
LINES = Bundle("lines")  # of the bank statement
RUNS = Bundle("runs")
ORDERS = Bundle("orders")
RULES: list[str] = []  # the names of all rules


class Violation(AssertionError):
    """Something that must always be true was not."""


class Idle(Exception):
    """There is nothing that this rule could be done to."""


@dataclass(frozen=True)
class Paper:
    """A document that a sequence has made.

    Args:
        side: of which company.
    """

    doctype: str
    name: str
    side: int

    def __repr__(self) -> str:
        return self.name

    def value(self, column: str) -> Any:
        """Return what its row says."""
        return frappe.db.get_value(self.doctype, self.name, column)

    @property
    def docstatus(self) -> int | None:
        """Return 0, 1 or 2; None where it was deleted."""
        found = self.value("docstatus")
        return None if found is None else int(found)

    def live(self) -> Paper:
        """Return it where it is submitted.

        Raises:
            Idle: it is not.
        """
        if self.docstatus != 1:
            raise Idle
        return self


@dataclass
class RuleSetting:
    """What the settings say."""

    on: bool = True
    clearance: bool = False
    companies: dict[str, bool] = field(default_factory=dict)

    def is_on(self, company: str) -> bool:
        """Whether the rule holds in a company."""
        return self.companies.get(company, self.on)


class Sequence(RuleBasedStateMachine):
    """The state of one sequence; its rules stand in the modules beside this one.

    Attributes:
        places: of the two companies.
        papers: all that was made, in order.
        log: the steps so far, with the names of the documents, for people.
    """

    tally: ClassVar[Tally] = Tally()
    shelves: ClassVar[tuple[Shelf, ...]] = ()
    on_end: ClassVar[Callable[[Sequence], None]] = staticmethod(lambda sequence: None)

    def __init__(self) -> None:
        super().__init__()
        _clean()
        frappe.db.set_single_value("Accounts Settings", "acc_frozen_upto", None)
        frappe.db.commit()
        self.setting = RuleSetting()
        set_rule()
        if not Sequence.shelves:
            Sequence.shelves = tuple(Shelf(ErpOffice(name)) for name in COMPANIES)
            _allow_reposting()
        self.label = f"F{int(time.time() * _MILLIS):x}"
        self.since = now()
        self.papers: list[Paper] = []
        self.log: list[str] = []
        self.taken = 0  # steps
        self.hours = 0  # by which the runs' clock is ahead
        self.error: BaseException | None = None
        self._before: dict[str, tuple[int, int]] = {}
        parties: dict[tuple[str, str], str] = {}
        self.places = tuple(Place(shelf, self.label, parties) for shelf in Sequence.shelves)
        frappe.db.commit()

    # documents

    def has(self, doctype: str, name: str, side: int) -> Paper:
        """Remember a document; return it."""
        paper = Paper(doctype, name, side)
        if paper not in self.papers:
            self.papers.append(paper)
        return paper

    def of(self, *doctypes: str, side: int | None = None) -> list[Paper]:
        """Return the documents made so far of some doctypes, and of one company where a side is named."""
        return [paper for paper in self.papers if paper.doctype in doctypes and side in (None, paper.side)]

    def office(self, paper: Paper) -> ErpOffice:
        """Return the company of a document."""
        return self.places[paper.side].office

    # steps

    def from_here(self) -> None:
        """Say that what was done so far in this step stands, whatever becomes of the rest."""
        frappe.db.commit()
        self._before = footprint(self.since)

    def take(self, name: str, act: Callable[..., Any], drawn: dict[str, Any]) -> Any:
        """Do a step: done, or refused and nothing changed; every other error is a violation."""
        Sequence.tally.steps += 1
        self.taken += 1
        count = Sequence.tally.rule(name)
        self.log.append(f"{name}({', '.join(f'{key}={value!r}' for key, value in drawn.items())})")
        self._before = footprint(self.since)
        try:
            answer = act(self, **drawn)
            frappe.db.commit()
        except Idle:
            _clean()
            self.log.pop()
            count.idle += 1
            return multiple()
        except (frappe.ValidationError, frappe.PermissionError, ImogiError) as refusal:
            self._refused(count, refusal)
            return multiple()
        except Exception as error:
            if self._is_the_app_s(error):
                raise self._failed(Violation(f"{type(error).__name__}: {error}")) from error
            Sequence.tally.foreign[f"{name}: {type(error).__name__}: {error}"[:160]] += 1
            self._refused(count, error)
            return multiple()
        count.done += 1
        self.log[-1] += f" -> {answer!r}" if answer is not None else ""
        return multiple() if answer is None else answer

    def _refused(self, count: Any, refusal: Exception) -> None:
        _clean()
        count.refused += 1
        count.reasons[type(refusal).__name__] += 1
        self.log[-1] += f" refused: {type(refusal).__name__}: {str(refusal)[:300]}"
        differing = changed(self._before, footprint(self.since))
        if differing:
            raise self._failed(Violation(f"It was refused and changed {', '.join(differing)}")) from refusal

    @staticmethod
    def _is_the_app_s(error: BaseException) -> bool:
        return any(frame.filename.startswith(_APP) for frame in traceback.extract_tb(error.__traceback__)) or any(
            frame.filename.startswith(str(Path(__file__).parents[1]))
            for frame in traceback.extract_tb(error.__traceback__)[-1:]
        )

    def _failed(self, violation: Violation) -> Violation:
        self.error = violation
        return violation

    def told(self) -> str:
        """Return what went wrong, and the steps that led to it, for people."""
        steps = "\n".join(f"  {number}. {step}" for number, step in enumerate(self.log, 1))
        error = self.error
        if isinstance(error, Violation) and error.__cause__ is None:
            said = str(error)
        else:
            said = "".join(traceback.format_exception(error))[-6000:]
        return f"{said}\nSteps of {self.label}:\n{steps}"

    def must(self, problems: list[str]) -> None:
        """Raise a violation where there are problems."""
        if problems:
            raise self._failed(Violation("\n".join(problems)))

    def teardown(self) -> None:
        """Leave the site as the next sequence expects it."""
        _clean()
        try:
            error = sys.exc_info()[1]
            if error is None:
                self._finish()
            elif not isinstance(error, (StopTest, UnsatisfiedAssumption)):  # by which Hypothesis gives an attempt up
                self.error = self.error or error
        finally:
            _clean()
            Sequence.on_end(self)

    def _finish(self) -> None:
        try:
            self.finish()
        except Exception as error:
            self.error = self.error or error
            raise

    def finish(self) -> None:
        """Bring to an end what is under way, and look at everything once more."""


def step(target: Any = None, **strategies: Any) -> Callable[[Callable[..., Any]], Any]:
    """Make a method a rule of the machine: something that a user does.

    The method does it and returns what it made. Everything it raises is judged by ``Sequence.take``.
    """

    def made(act: Callable[..., Any]) -> Any:
        RULES.append(act.__name__)

        @wraps(act)
        def taken(self: Sequence, **drawn: Any) -> Any:
            answer = self.take(act.__name__, act, drawn)
            return answer if target is not None else None

        del taken.__wrapped__  # Hypothesis would read the method's own signature
        return rule(**({} if target is None else {"target": target}), **strategies)(taken)

    return made


def pick(candidates: list[Any], number: int) -> Any:
    """Return one of the candidates by a drawn number.

    Raises:
        Idle: there is none.
    """
    if not candidates:
        raise Idle
    return candidates[number % len(candidates)]


def some(candidates: list[Any], numbers: list[int]) -> list[Any]:
    """Return some of the candidates by drawn numbers, each once.

    Raises:
        Idle: there is none.
    """
    if not candidates:
        raise Idle
    return list(dict.fromkeys(candidates[number % len(candidates)] for number in numbers))


def _allow_reposting() -> None:
    allowed: Any = frappe.get_doc("Repost Accounting Ledger Settings")
    for doctype in ("Payment Entry", "Purchase Invoice", "Sales Invoice", "Journal Entry"):
        if doctype not in {row.document_type for row in allowed.allowed_types}:
            allowed.append("allowed_types", {"document_type": doctype, "allowed": 1})
    allowed.save()


def _clean() -> None:
    """Be as a new request: nothing written, said or remembered."""
    frappe.db.rollback()
    frappe.set_user("Administrator")
    frappe.flags.ignore_party_validation = False
    frappe.clear_messages()
    frappe.local.response = frappe._dict(docs=[])
