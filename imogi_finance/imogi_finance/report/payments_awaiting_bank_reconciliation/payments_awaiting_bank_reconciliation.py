"""Script report: the payments that wait for the bank statement, by bank account and by how long they have waited."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import frappe
from frappe import _
from frappe.utils import flt, getdate

from imogi_finance.erpnext_adapter.awaiting_payments import AwaitingPayment, awaiting_payments

DEFAULT_RANGE = "7, 14, 30"
# From calm to pressing; the last bucket is always the last colour.
_COLOURS = ("#86c5a4", "#f2c94c", "#f2994a", "#e24c4c")
_INVOICES_NAMED = 2
_MOST_BUCKETS = 12
_LONGEST_WAIT = 5  # digits of a number of days

Row = dict[str, Any]


@dataclass(frozen=True)
class _Bucket:
    """Payments that wait from ``least`` to ``most`` days; ``most`` is None for the last."""

    fieldname: str
    least: int
    most: int | None

    @property
    def label(self) -> str:
        days = f"{self.least}+" if self.most is None else f"{self.least}-{self.most}"
        return _("{0} days").format(days)

    def holds(self, days: int) -> bool:
        return self.least <= days and (self.most is None or days <= self.most)


def execute(filters: Row | None = None) -> tuple[Any, ...]:
    """Return columns, rows, message, chart and summary. A user without any company gets an empty report.

    Args:
        filters: ``company`` (default: the user's), ``as_on`` (default: today), ``bank_account``, ``party_type``,
            ``party`` (names), ``range`` (upper ends of the buckets in days, "7, 14, 30"), ``group_by_bank_account``.

    Raises:
        frappe.ValidationError: the range is no rising list of days.
    """
    chosen = frappe._dict(filters or {})
    buckets = _buckets(chosen.range or DEFAULT_RANGE)
    company = chosen.company or frappe.defaults.get_user_default("Company")
    if not company or not isinstance(company, str):
        return _columns(buckets, "", True), [], None, None, None
    payments = awaiting_payments(
        company=company,
        as_on=_day(chosen.as_on),
        bank_account=chosen.bank_account,
        party_type=chosen.party_type,
        parties=_parties(chosen.party),
    )
    if not payments:
        return _columns(buckets, "", True), [], None, None, None  # the same where there is no such company
    company_currency = frappe.get_cached_value("Company", company, "default_currency")
    foreign = any(payment.currency != company_currency for payment in payments)
    columns = _columns(buckets, company_currency, foreign)
    rows = _rows(payments, buckets, company_currency, grouped=bool(frappe.utils.cint(chosen.group_by_bank_account)))
    return (
        columns,
        rows,
        _message(payments),
        _chart(payments, buckets, company_currency),
        _summary(payments, buckets, company_currency),
    )


def _buckets(text: str) -> list[_Bucket]:
    parts = [part.strip() for part in str(text).split(",") if part.strip()]
    if (
        not 1 <= len(parts) <= _MOST_BUCKETS
        or not all(part.isdecimal() and len(part) <= _LONGEST_WAIT for part in parts)
        or sorted({int(part) for part in parts}) != [int(part) for part in parts]
    ):
        frappe.throw(
            _("Ageing Range: give rising numbers of days, separated by commas, such as {0}.").format("7, 14, 30")
        )
    ends: list[int | None] = [*(int(part) for part in parts), None]
    starts = [0, *(int(part) + 1 for part in parts)]
    return [_Bucket(f"range{i}", start, end) for i, (start, end) in enumerate(zip(starts, ends, strict=True), start=1)]


def _day(given: Any) -> date:
    """Read a day; today where there is none.

    Raises:
        frappe.ValidationError: it is none.
    """
    try:
        day = getdate(given or None) if not isinstance(given, (list, dict)) else None
    except (ValueError, OverflowError):
        day = None
    if day is None:
        frappe.throw(_("The day is not understood."))
    return cast(date, day)


def _parties(given: Any) -> Sequence[str]:
    """Read the names of parties, a list or its JSON.

    Raises:
        frappe.ValidationError: it is neither.
    """
    try:
        names = frappe.parse_json(given) or []
    except (ValueError, RecursionError):
        names = [None]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        frappe.throw(_("The parties are not understood. Choose them from the list."), title=_("Party"))
    return names


def _columns(buckets: Sequence[_Bucket], company_currency: str, foreign: bool) -> list[Row]:
    def column(fieldname: str, label: str, fieldtype: str, width: int, options: str | None = None) -> Row:
        return {"fieldname": fieldname, "label": label, "fieldtype": fieldtype, "width": width, "options": options}

    def in_company_currency(label: str) -> str:
        return f"{label} ({company_currency})" if foreign and company_currency else label

    columns = [
        column("payment_entry", _("Payment Entry"), "Link", 260, "Payment Entry"),
        column("posting_date", _("Posting Date"), "Date", 120),
        column("days", _("Days Waiting"), "Int", 135),
        column("party", _("Party"), "Dynamic Link", 170, "party_type"),
        column("currency", _("Currency"), "Link", 100, "Currency"),
        column("amount", _("Amount"), "Currency", 150, "currency"),
        column("covered", _("Covered so far"), "Currency", 150, "currency"),
        column("awaited", _("Still awaited"), "Currency", 150, "currency"),
        column("base_awaited", in_company_currency(_("Still awaited")), "Currency", 170, "company_currency"),
        *(
            column(bucket.fieldname, in_company_currency(bucket.label), "Currency", 150, "company_currency")
            for bucket in buckets
        ),
        column("invoices", _("Invoices"), "Data", 200),
        column("reference_no", _("Reference No"), "Data", 120),
        column("party_type", _("Party Type"), "Data", 100),
        column("bank_account", _("Bank Account"), "Link", 220, "Bank Account"),
    ]
    if not foreign:  # the same figure twice helps nobody
        columns = [one for one in columns if one["fieldname"] not in ("base_awaited", "currency")]
    return columns


def _rows(
    payments: Sequence[AwaitingPayment], buckets: Sequence[_Bucket], company_currency: str, *, grouped: bool
) -> list[Row]:
    lines = {payment.name: _line(payment, buckets, company_currency) for payment in payments}
    rows: list[Row] = []
    if grouped:
        groups = _by_account(payments)
        labels = _short_labels([own[0] for own in groups.values()])
        for (account, own), label in zip(groups.items(), labels, strict=True):
            total = _total(own, buckets, company_currency, label=label, currency=own[0].currency)
            rows.append({**total, "bank_account": own[0].bank_account, "account": account, "indent": 0})
            rows += [{**lines[payment.name], "indent": 1} for payment in own]
    else:
        rows += lines.values()
    if payments:
        currencies = {payment.currency for payment in payments}
        currency = currencies.pop() if len(currencies) == 1 else None
        total = _total(payments, buckets, company_currency, label=_("Total"), currency=currency)
        rows.append({**total, "indent": 0} if grouped else total)
    return rows


def _line(payment: AwaitingPayment, buckets: Sequence[_Bucket], company_currency: str) -> Row:
    return {
        "payment_entry": payment.name,
        "posting_date": payment.posting_date,
        "days": payment.days,
        "payment_type": payment.payment_type,
        "party_type": payment.party_type,
        "party": payment.party,
        "party_name": payment.party_name,
        "invoices": _invoices_named(payment),
        "reference_no": payment.reference_no,
        "bank_account": payment.bank_account,
        "account": payment.account,
        "currency": payment.currency,
        "company_currency": company_currency,
        "amount": payment.amount,
        "covered": payment.covered,
        "awaited": payment.awaited,
        "base_awaited": payment.base_awaited,
        **{bucket.fieldname: payment.base_awaited if bucket.holds(payment.days) else None for bucket in buckets},
    }


def _total(
    payments: Sequence[AwaitingPayment],
    buckets: Sequence[_Bucket],
    company_currency: str,
    *,
    label: str,
    currency: str | None,
) -> Row:
    """Return a bold row of sums; those in account currency only where all payments share one."""
    row: Row = {
        "payment_entry": f"{label} ({len(payments)})",
        "is_total": 1,
        "currency": currency,
        "company_currency": company_currency,
        "base_awaited": _sum(payment.base_awaited for payment in payments),
    }
    for field in ("amount", "covered", "awaited"):
        row[field] = _sum(getattr(payment, field) for payment in payments) if currency else None
    for bucket in buckets:
        row[bucket.fieldname] = _sum(payment.base_awaited for payment in payments if bucket.holds(payment.days))
    return row


def _chart(payments: Sequence[AwaitingPayment], buckets: Sequence[_Bucket], company_currency: str) -> Row:
    """Return what is awaited by bank account, stacked by age, in the company's currency."""
    accounts = _by_account(payments)
    return {
        "data": {
            "labels": _short_labels([own[0] for own in accounts.values()]),
            "datasets": [
                {
                    "name": bucket.label,
                    "values": [
                        _sum(payment.base_awaited for payment in own if bucket.holds(payment.days))
                        for own in accounts.values()
                    ],
                }
                for bucket in buckets
            ],
        },
        "type": "bar",
        "barOptions": {"stacked": 1, "spaceRatio": 0.6},
        "colors": _colours(len(buckets)),
        "fieldtype": "Currency",
        "options": "currency",
        "currency": company_currency,
    }


def _summary(payments: Sequence[AwaitingPayment], buckets: Sequence[_Bucket], company_currency: str) -> list[Row]:
    oldest = max(payment.days for payment in payments)
    last = buckets[-1]
    late = _sum(payment.base_awaited for payment in payments if last.holds(payment.days))
    return [
        {"label": _("Payments waiting"), "value": len(payments), "datatype": "Int"},
        {
            "label": _("Still awaited"),
            "value": _sum(payment.base_awaited for payment in payments),
            "datatype": "Currency",
            "currency": company_currency,
            "indicator": "Blue",
        },
        {
            "label": _("Waiting {0}").format(last.label),
            "value": late,
            "datatype": "Currency",
            "currency": company_currency,
            "indicator": "Red" if late else "Green",
        },
        {
            "label": _("Longest wait in days"),
            "value": oldest,
            "datatype": "Int",
            "indicator": "Red" if last.holds(oldest) else "Green",
        },
    ]


def _message(payments: Sequence[AwaitingPayment]) -> str | None:
    """Name the ledger accounts whose payments no statement can ever confirm, as they have no Bank Account."""
    missing = sorted({payment.account for payment in payments if not payment.bank_account})
    if not missing:
        return None
    named = ", ".join(frappe.bold(frappe.utils.escape_html(account)) for account in missing)
    return _(
        "No Bank Account names these ledger accounts, so no bank statement can confirm their payments: {0}."
    ).format(named)


def _by_account(payments: Sequence[AwaitingPayment]) -> dict[str, list[AwaitingPayment]]:
    """Group by ledger account, the one with most awaited first."""
    groups: dict[str, list[AwaitingPayment]] = defaultdict(list)
    for payment in payments:
        groups[payment.account].append(payment)
    return dict(sorted(groups.items(), key=lambda group: (-sum(one.base_awaited for one in group[1]), group[0])))


def _short_labels(payments: Sequence[AwaitingPayment]) -> list[str]:
    """Return a label for each payment's bank account, without the bank's name where that is clear enough."""
    labels = [_bank_label(payment) for payment in payments]
    short = [label.rsplit(" - ", 1)[0] for label in labels]
    return short if len(set(short)) == len(short) else labels


def _bank_label(payment: AwaitingPayment) -> str:
    return payment.bank_account or payment.account


def _invoices_named(payment: AwaitingPayment) -> str:
    names = [name for _doctype, name in payment.invoices]
    more = len(names) - _INVOICES_NAMED
    text = ", ".join(names[:_INVOICES_NAMED])
    return f"{text} +{more}" if more > 0 else text


def _colours(count: int) -> list[str]:
    if count >= len(_COLOURS):
        return [_COLOURS[min(i, len(_COLOURS) - 2)] for i in range(count - 1)] + [_COLOURS[-1]]
    return [*_COLOURS[: count - 1], _COLOURS[-1]]


def _sum(amounts: Any) -> float:
    return flt(sum(amounts), 9)
