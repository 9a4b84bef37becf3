"""The contract of InvoicingBooks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from imogi_finance.batch_invoicing.options import Options
from imogi_finance.errors import DocumentError, NotPermitted, Problem
from tests.support.office import ANA, VIC
from tests.support.shop import Shop

HUNDRED, FORTY, SIXTY = Decimal(100), Decimal(40), Decimal(60)


def options(shop: Shop, **chosen: Any) -> Options:
    return Options(**{"submit": True, "posting_date": shop.day, **chosen})


def invoice(shop: Shop, *names: str, user: str = ANA, held: bool = False, **chosen: Any) -> str:
    """Have orders invoiced as a run does."""
    books, asked = shop.app.invoicing_books, options(shop, **chosen)

    def make() -> str:
        ready = books.hold(names, asked) if held else None
        return books.invoice(names, asked, company=shop.company_name, run=shop.a_run, held=ready)

    return str(shop.write(make, user))


def refused(shop: Shop, *names: str, match: str, document: str | None = None, user: str = ANA, **chosen: Any) -> None:
    """Assert that orders are not invoiced, that the one at fault is named, and that nothing is left."""
    before = shop.dump()
    with pytest.raises(DocumentError, match=match) as error:
        invoice(shop, *names, user=user, **chosen)
    assert shop.dump() == before
    if document is not None:
        assert error.value.document == document


def objections(shop: Shop, names: Sequence[str], **chosen: Any) -> list[Problem]:
    books = shop.app.invoicing_books

    def ask() -> list[Problem]:
        known = books.orders(names)
        return list(books.objections(shop.company_name, [known[name] for name in names], options(shop, **chosen)))

    return list(shop.write(ask))


def test_orders_are_read_as_values_and_what_does_not_exist_is_left_out(shop: Shop) -> None:
    plain, part, draft = shop.order(), shop.order(delivered=4), shop.order(submit=False)
    known = shop.write(lambda: shop.app.invoicing_books.orders([plain, part, draft, "SO-9"]))
    assert set(known) == {plain, part, draft}
    assert [known[name].docstatus for name in (plain, part, draft)] == [1, 1, 0]
    assert known[plain].company == shop.company_name
    assert (known[plain].unbilled, known[plain].delivered_unbilled, known[plain].drafts) == (HUNDRED, 0, ())
    assert (known[part].unbilled, known[part].delivered_unbilled) == (HUNDRED, FORTY)
    assert known[plain].status == "To Deliver and Bill"
    assert known[plain].document == f"Sales Order {plain}"


def test_orders_on_hold_closed_billed_or_drafted_say_so(shop: Shop) -> None:
    held, closed, billed, drafted = shop.orders(4)
    shop.hold(held)
    shop.close(closed)
    shop.bill(billed)
    draft = shop.bill(drafted, submit=False)
    assert shop.known(held).is_on_hold
    assert shop.known(closed).is_closed
    assert (shop.known(billed).unbilled, shop.known(billed).drafts) == (0, ())
    assert (shop.known(drafted).unbilled, shop.known(drafted).drafts) == (HUNDRED, (draft,))


def test_orders_of_one_customer_can_share_an_invoice_and_those_of_two_cannot(shop: Shop) -> None:
    mine, mine_too, other = shop.order(), shop.order("7.00"), shop.order(customer="Joko")
    assert shop.known(mine).together == shop.known(mine_too).together != shop.known(other).together


def test_all_orders_with_something_to_bill_are_found_held_ones_among_them_the_oldest_first(shop: Shop) -> None:
    first, second, held, billed, draft = (
        shop.order(),
        shop.order(),
        shop.order(),
        shop.order(),
        shop.order(submit=False),
    )
    shop.hold(held)
    shop.bill(billed)
    found = shop.write(lambda: shop.app.invoicing_books.open_orders(shop.company_name))
    assert [name for name in found if name in {first, second, held, billed, draft}] == [first, second, held]


def test_the_company_is_known_by_its_currency_and_the_day_is_a_day(shop: Shop) -> None:
    books = shop.app.invoicing_books
    assert shop.write(lambda: books.company_currency(shop.company_name)) == "IDR"
    assert shop.write(lambda: books.company_currency("Nobody's company")) is None
    assert isinstance(shop.write(books.today), date)


def test_an_order_is_invoiced_submitted_posted_and_says_whose_run_it_is_of(shop: Shop) -> None:
    name = shop.order("250.50")
    made = shop.sales_invoice(invoice(shop, name))
    assert (made["docstatus"], made["amount"], made["batch_run"], made["owner"]) == (1, 25050, shop.a_run, ANA)
    assert made["posting_date"] == shop.day
    assert (shop.known(name).unbilled, shop.known(name).drafts) == (0, ())
    assert shop.billing(name) == [made["name"]]
    shop.check_books()


def test_a_draft_bills_nothing_yet_and_keeps_others_off(shop: Shop) -> None:
    name = shop.order()
    draft = invoice(shop, name, submit=False)
    assert shop.sales_invoice(draft)["docstatus"] == 0
    assert (shop.known(name).unbilled, shop.known(name).drafts) == (HUNDRED, (draft,))
    refused(shop, name, match=draft, document=f"Sales Order {name}")
    shop.check_books()


def test_several_orders_share_one_invoice(shop: Shop) -> None:
    names = [shop.order("100.00"), shop.order("20.50"), shop.order("3.00")]
    made = invoice(shop, *names)
    assert shop.sales_invoice(made)["amount"] == 12350
    assert [shop.billing(name) for name in names] == [[made]] * 3
    assert [shop.known(name).unbilled for name in names] == [0, 0, 0]
    shop.check_books()


def test_of_orders_that_share_an_invoice_the_one_at_fault_is_named(shop: Shop) -> None:
    good, bad = shop.order(), shop.order()
    shop.hold(bad)
    refused(shop, good, bad, match="on hold", document=f"Sales Order {bad}")


def test_only_what_is_delivered_is_billed_and_the_rest_later(shop: Shop) -> None:
    name = shop.order(delivered=4)
    first = invoice(shop, name, only_delivered=True)
    assert shop.sales_invoice(first)["amount"] == 4000
    assert (shop.known(name).unbilled, shop.known(name).delivered_unbilled) == (SIXTY, 0)
    refused(shop, name, match="delivered", document=f"Sales Order {name}", only_delivered=True)
    shop.deliver(name)
    assert shop.known(name).delivered_unbilled == SIXTY
    second = invoice(shop, name, only_delivered=True)
    assert shop.sales_invoice(second)["amount"] == 6000
    assert shop.known(name).unbilled == 0
    shop.check_books()


def test_what_is_not_delivered_is_billed_too_where_nothing_else_is_asked(shop: Shop) -> None:
    name = shop.order(delivered=4)
    assert shop.sales_invoice(invoice(shop, name))["amount"] == 10000


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (lambda shop, name: shop.hold(name), "on hold"),
        (lambda shop, name: shop.close(name), "closed"),
        (lambda shop, name: shop.bill(name), "Nothing is left to bill"),
        (lambda shop, name: shop.bill(name, submit=False), "draft invoice bills it already"),
        (lambda shop, name: shop.cancel_order(name), "cancelled"),
        (lambda shop, name: shop.limit("99.99", customer=shop.known(name).customer), "(?i)credit limit"),
    ],
)
def test_an_order_that_cannot_be_invoiced_any_more_is_named_and_nothing_is_left(
    shop: Shop, spoil: Callable[[Shop, str], object], match: str
) -> None:
    name = shop.order(customer=shop.new_customer())
    spoil(shop, name)
    refused(shop, name, match=match, document=f"Sales Order {name}")


def test_an_order_that_is_gone_or_of_another_company_is_not_invoiced(shop: Shop) -> None:
    refused(shop, "SO-9", match="does not exist", document="Sales Order SO-9")
    name, books = shop.order(), shop.app.invoicing_books
    before = shop.dump()
    with pytest.raises(DocumentError, match="belongs to"):
        shop.write(lambda: books.invoice([name], options(shop), company="Other", run=shop.a_run))
    assert shop.dump() == before


@pytest.mark.parametrize("submit", [True, False])
def test_nothing_is_invoiced_into_a_closed_period_not_even_a_draft(shop: Shop, submit: bool) -> None:
    name = shop.order()
    shop.close_books()
    refused(shop, name, match=r"(?i)period is closed|closed \w+ period", submit=submit)


def test_orders_that_are_held_together_are_invoiced_as_others_and_none_twice(shop: Shop) -> None:
    names, books = shop.orders(3), shop.app.invoicing_books
    asked = options(shop)

    def make() -> list[str]:
        held = books.hold(names, asked)
        return [books.invoice([name], asked, company=shop.company_name, run=shop.a_run, held=held) for name in names]

    made = shop.write(make)
    assert [shop.billing(name) for name in names] == [[invoice] for invoice in made]
    refused(shop, names[0], match="Nothing is left to bill", held=True)
    shop.check_books()


def test_the_books_object_up_front_to_a_closed_period_of_the_whole_request(shop: Shop) -> None:
    name = shop.order()
    assert objections(shop, [name]) == []
    shop.close_books()
    [problem] = objections(shop, [name])
    assert not problem.document.startswith("Sales Order")
    assert problem.rule == "period_closed"
    assert problem.remedy


def test_the_orders_that_would_pass_a_credit_limit_are_named_up_front_the_others_are_not(shop: Shop) -> None:
    customer = shop.new_customer()
    names = [shop.order(amount, customer=customer) for amount in ("60.00", "60.00", "40.00")]
    other = shop.order("1000.00", customer=shop.new_customer())
    shop.limit("100.00", customer=customer)
    found = objections(shop, [*names, other])
    assert [(problem.document, problem.rule) for problem in found] == [(f"Sales Order {names[1]}", "credit_limit")]
    assert objections(shop, [*names, other], submit=False) == []  # a draft owes nothing
    invoice(shop, names[0])
    refused(shop, names[1], match="(?i)credit limit", document=f"Sales Order {names[1]}")
    invoice(shop, names[2])
    shop.check_books()


def test_who_may_only_look_can_invoice_nothing(shop: Shop) -> None:
    name, books = shop.order(), shop.app.invoicing_books
    with pytest.raises(NotPermitted):
        shop.write(lambda: books.check_may_invoice(shop.company_name, submit=True), VIC)
    shop.write(lambda: books.check_may_invoice(shop.company_name, submit=True))
    before = shop.dump()
    with pytest.raises((DocumentError, NotPermitted)):
        invoice(shop, name, user=VIC)
    assert shop.dump() == before
