"""What the sandbox's own books do with orders: parts that add up, two drafts of one order, limits, and taking back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from imogi_finance.batch_invoicing.options import Options
from imogi_finance.errors import DocumentError, Refused
from imogi_finance.sandbox.selling import NewOrder, NewOrderLine
from tests.support.office import COMPANY, DUE, POSTED
from tests.support.shop import CUSTOMER, Shop

SUBMIT = Options(submit=True, posting_date=POSTED)


def enter(shop: Shop, *lines: tuple[object, object], **how: object) -> str:
    """Enter an order of lines of quantity and rate."""
    made = tuple(NewOrderLine("Lamp", Decimal(str(qty)), Decimal(str(rate))) for qty, rate in lines)
    order = NewOrder(CUSTOMER, POSTED, DUE, made, **how)  # type: ignore[arg-type]
    return str(shop.write(lambda: shop.app.selling.add_order(COMPANY, order)))


def invoice(shop: Shop, *names: str, options: Options = SUBMIT) -> int:
    """Invoice orders as a run does; return the invoice's amount in minor units."""
    books = shop.app.invoicing_books
    made = shop.write(lambda: books.invoice(names, options, company=COMPANY, run="RUN-1"))
    return int(shop.sales_invoice(made)["amount"])


def test_parts_of_a_line_that_cannot_be_divided_add_up_to_the_whole() -> None:
    shop = Shop()
    name = enter(shop, ("3", "0.33"), ("0.5", "0.01"))
    total = shop.known(name).unbilled
    assert total == Decimal("1.00")  # half a cent is a whole one
    parts = []
    for share in ("0.2", "0.4", "0.6", "0.8", "1"):
        shop.deliver(name, share)
        if shop.known(name).delivered_unbilled:
            parts.append(invoice(shop, name, options=Options(submit=True, posting_date=POSTED, only_delivered=True)))
    assert sum(parts) == 100
    assert len(parts) > 2
    assert shop.known(name).unbilled == 0
    shop.check_books()


def test_parts_add_up_though_the_first_is_cancelled_and_billed_last() -> None:
    shop = Shop()
    name = enter(shop, ("3", "0.01"))
    delivered = Options(submit=True, posting_date=POSTED, only_delivered=True)
    shop.deliver(name, "0.5")
    assert invoice(shop, name, options=delivered) == 2  # one and a half cents
    shop.deliver(name)
    assert invoice(shop, name, options=delivered) == 1
    first = shop.billing(name)[0]
    shop.write(lambda: shop.app.selling.invoices.cancel(first))
    assert invoice(shop, name) == 2
    assert shop.known(name).unbilled == 0
    shop.check_books()


def test_of_two_drafts_of_one_order_only_one_is_submitted() -> None:
    shop = Shop()
    name = shop.order()
    first, second = shop.bill(name, submit=False), shop.bill(name, submit=False)
    assert shop.known(name).drafts == (first, second)
    shop.write(lambda: shop.app.selling.invoices.submit(second))
    before = shop.dump()
    with pytest.raises(DocumentError, match="More of Lamp would be billed than was ordered"):
        shop.write(lambda: shop.app.selling.invoices.submit(first))
    assert shop.dump() == before
    shop.write(lambda: shop.app.selling.invoices.delete_draft(first))
    assert shop.billing(name) == [second]
    shop.check_books()


def test_a_draft_of_an_order_that_is_held_meanwhile_is_not_submitted() -> None:
    shop = Shop()
    name = shop.order()
    draft = shop.bill(name, submit=False)
    shop.hold(name)
    with pytest.raises(DocumentError, match="on hold"):
        shop.write(lambda: shop.app.selling.invoices.submit(draft))
    shop.check_books()


def test_a_cancelled_invoice_can_be_made_again() -> None:
    shop = Shop()
    name = shop.order(delivered=10)
    made = shop.bill(name)
    assert shop.known(name).status == "Completed"
    shop.write(lambda: shop.app.selling.invoices.cancel(made))
    assert (shop.known(name).status, shop.known(name).unbilled) == ("To Bill", Decimal(100))
    assert invoice(shop, name) == 10_000
    with pytest.raises(DocumentError, match="not submitted"):
        shop.write(lambda: shop.app.selling.invoices.cancel(made))
    shop.check_books()


def test_of_orders_that_share_an_invoice_the_one_that_alone_passes_the_limit_is_named() -> None:
    shop = Shop()
    small, large = shop.order("10.00"), shop.order("90.00")
    shop.limit("50.00")
    with pytest.raises(DocumentError, match="credit limit") as error:
        invoice(shop, small, large)
    assert error.value.document == f"Sales Order {large}"


def test_where_orders_pass_the_limit_only_together_the_customer_is_named() -> None:
    shop = Shop()
    names = shop.orders(2, total="30.00")
    shop.limit("50.00")
    with pytest.raises(DocumentError, match="credit limit") as error:
        invoice(shop, *names)
    assert error.value.document == f"Customer {CUSTOMER}"
    assert [invoice(shop, name) for name in names[:1]] == [3000]


def test_no_stock_is_delivered() -> None:
    shop = Shop()
    name, asked = shop.order(), Options(submit=True, posting_date=POSTED, update_stock=True)
    [problem] = shop.app.invoicing_books.objections(COMPANY, [shop.known(name)], asked)
    assert (problem.document, problem.rule) == (f"Company {COMPANY}", "no_stock")
    with pytest.raises(DocumentError, match="keeps no stock"):
        invoice(shop, name, options=asked)


@pytest.mark.parametrize(
    ("lines", "rule"),
    [
        ([], "malformed"),
        ([("0", "5")], "amount_not_positive"),
        ([("1", "0")], "amount_not_positive"),
        ([("0.001", "0.01")], "amount_not_positive"),
        ([("1.0001", "5")], "too_many_decimals"),
        ([("1", "5.001")], "too_many_decimals"),
    ],
)
def test_an_order_that_cannot_be_is_refused(lines: list[tuple[str, str]], rule: str) -> None:
    shop = Shop()
    before = shop.dump()
    with pytest.raises(Refused) as error:
        enter(shop, *lines)
    assert error.value.problems[0].rule == rule
    assert shop.dump() == before


def test_the_same_reference_of_one_customer_is_refused() -> None:
    shop = Shop()
    enter(shop, ("1", "5"), reference="PO-1")
    with pytest.raises(Refused, match="has an order of this reference already"):
        enter(shop, ("1", "5"), reference="PO-1")
