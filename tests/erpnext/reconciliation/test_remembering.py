"""What is remembered of the database is what the database would say."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import frappe
import pytest

from imogi_finance.erpnext_adapter.books.holding import hold
from imogi_finance.erpnext_adapter.books.memory import Memory
from imogi_finance.erpnext_adapter.books.remembering import remembering
from imogi_finance.erpnext_adapter.books.statements import statement
from imogi_finance.paid_status.doors import InvoiceRef
from tests.erpnext.office import ErpOffice
from tests.erpnext.reconciliation.desk import PURCHASE


class Counted:
    """How many statements have reached the database inside ``remembering``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.statements = 0
        connection = frappe.local.db._conn
        execute: Callable[..., Any] = connection._execute_command

        def counted(command: int, sql: Any) -> Any:
            self.statements += 1
            return execute(command, sql)

        monkeypatch.setattr(connection, "_execute_command", counted)

    def of(self, act: Callable[[], Any]) -> tuple[int, Any]:
        before = self.statements
        answer = act()
        return self.statements - before, answer


@pytest.fixture
def counted(site: str, monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


@pytest.mark.parametrize(
    ("text", "reads", "writes"),
    [
        ("SELECT `a` FROM `tabPurchase Invoice` WHERE x=1", {"tabPurchase Invoice"}, None),
        ("select a from tabAccount join `tabGL Entry` on 1", {"tabAccount", "tabGL Entry"}, None),
        ("WITH v AS (SELECT 1 FROM `tabGL Entry`) SELECT * FROM v", {"tabGL Entry"}, None),
        ("SELECT * FROM `tabSeries` WHERE name='x' FOR UPDATE", set(), None),
        ("select name from tabUser lock in share mode", set(), None),
        ("select now() from tabUser", set(), None),
        ("select @x from tabUser", set(), None),
        ("select 1", set(), None),
        ("UPDATE `tabBank Transaction` SET x=1 WHERE `name`=%(p)s", set(), "tabBank Transaction"),
        ("insert into `tabGL Entry` (a) values (1)", set(), "tabGL Entry"),
        ("INSERT IGNORE INTO tabToDo VALUES (1)", set(), "tabToDo"),
        ("delete from `__Auth` where 1", set(), "__Auth"),
        ("rollback to savepoint x", set(), None),
        ("alter table tabToDo add x int", set(), None),
    ],
)
def test_statements_are_known_by_their_text(text: str, reads: set[str], writes: str | None) -> None:
    known = statement(text)
    assert (set(known.reads), known.writes) == (reads, writes)
    is_harmless = text.lower().startswith(("select", "with", "savepoint"))
    assert known.is_neutral is is_harmless


def test_a_read_is_made_once_until_its_table_is_written(site: str, counted: Counted) -> None:
    todo = frappe.get_doc({"doctype": "ToDo", "description": "first"}).insert()

    def read() -> Any:
        return frappe.db.get_value("ToDo", {"name": todo.name, "status": "Open"}, ["description", "modified"])

    with remembering(Memory()):
        first = read()
        assert counted.of(read) == (0, first)
        frappe.db.sql("select 1 from tabUser where name = 'x'")
        frappe.db.set_value("User", "Administrator", "bio", "other table")
        assert counted.of(read) == (0, first)
        frappe.db.set_value("ToDo", todo.name, "description", "second")
        assert read()[0] == "second"
        frappe.db.sql("update tabToDo t join tabUser u on u.name = t.owner set t.description = 'third'")
        assert read()[0] == "third"
        frappe.db.sql("savepoint here")
        frappe.db.set_value("ToDo", todo.name, "description", "fourth")
        assert read()[0] == "fourth"
        frappe.db.rollback(save_point="here")
        assert read()[0] == "third"
        assert frappe.db.get_value("ToDo", todo.name, "description", for_update=True) == "third"
    assert "sql" not in vars(frappe.local.db)
    assert "get_values" not in vars(frappe.local.db)


def test_answers_are_the_readers_own(site: str) -> None:
    with remembering(Memory()):
        for _ in range(2):
            rows = frappe.db.sql("select name, enabled from tabUser order by name", as_dict=True)
            assert "mine" not in rows[0]
            rows[0]["mine"] = rows.append({"name": "mine"})
            assert frappe.db.get_values("User", {"name": "Guest"}, ["name", "enabled"], as_dict=True)[0].pop("enabled")


def test_an_error_forgets_what_may_be_rolled_back(site: str, counted: Counted) -> None:
    memory = Memory()

    def read() -> Any:
        return frappe.db.get_value("User", "Guest", "enabled")

    def fail() -> None:
        with remembering(memory):
            read()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with remembering(memory):
        assert counted.of(read) == (1, 1)
        assert counted.of(read) == (0, 1)


def test_held_invoices_read_as_from_the_database(office: ErpOffice, counted: Counted) -> None:
    names = [office.purchase_invoice(10), office.purchase_invoice(20)]
    plain = [frappe.get_doc(PURCHASE, name).as_dict() for name in names]
    party = frappe.get_doc("Supplier", plain[0].supplier).as_dict()
    held = hold([InvoiceRef(PURCHASE, name) for name in names])
    with remembering(held.memory):
        frappe.get_doc(PURCHASE, names[0])  # the meta is read by now
        frappe.get_doc("Supplier", party.name)
        assert counted.of(lambda: [frappe.get_doc(PURCHASE, name).as_dict() for name in names]) == (0, plain)
        locking = counted.of(lambda: frappe.get_doc(PURCHASE, names[0], for_update=True).as_dict())
        assert locking == (0, plain[0])
        assert counted.of(lambda: frappe.get_doc("Supplier", party.name).as_dict()) == (0, party)
        few = ["outstanding_amount", "posting_date", "docstatus"]
        assert counted.of(lambda: frappe.db.get_value(PURCHASE, names[1], few)) == (
            0,
            tuple(plain[1][field] for field in few),
        )
        frappe.db.set_value(PURCHASE, names[0], "outstanding_amount", 3)
        assert frappe.get_doc(PURCHASE, names[0]).outstanding_amount == 3
        assert counted.of(lambda: frappe.get_doc(PURCHASE, names[1]).outstanding_amount) == (0, 20)
        frappe.db.sql("update `tabPurchase Invoice` set outstanding_amount = 4 where name in %s", (names,))
        assert [frappe.get_doc(PURCHASE, name).outstanding_amount for name in names] == [4, 4]


def test_fields_of_a_row_written_one_by_one_are_one_statement(site: str, counted: Counted) -> None:
    todo = frappe.get_doc({"doctype": "ToDo", "description": "first"}).insert()
    other = frappe.get_doc({"doctype": "ToDo", "description": "other"}).insert()

    def write() -> None:
        for field, value in {"description": "second", "priority": "High", "color": "#ff0000"}.items():
            frappe.db.set_value("ToDo", todo.name, field, value)

    with remembering(Memory()):
        frappe.db.get_value("ToDo", todo.name, "name", for_update=True)  # nothing is left to be read of the meta
        assert counted.of(write)[0] == 0
        assert counted.of(lambda: frappe.db.set_value("ToDo", other.name, "description", "changed"))[0] == 1
        assert frappe.db.get_value("ToDo", todo.name, ["description", "priority"]) == ("second", "High")
        frappe.db.set_value("ToDo", todo.name, "description", "third")
    assert frappe.db.get_value("ToDo", other.name, "description") == "changed"
    stored = frappe.db.get_value("ToDo", todo.name, ["description", "color", "modified_by"])
    assert stored == ("third", "#ff0000", "Administrator")


@pytest.mark.parametrize(
    "look",
    [
        lambda name: frappe.db.get_value("ToDo", name, "description"),
        lambda name: frappe.db.get_value("ToDo", {"name": name, "status": "Open"}, "description"),
        lambda name: frappe.db.sql("select description from tabToDo where name = %s", name)[0][0],
        lambda name: frappe.db.sql("select description from `tabToDo` where name = %s for update", name)[0][0],
        lambda name: frappe.get_doc("ToDo", name).description,
        lambda name: frappe.get_cached_value("ToDo", name, "description"),
        lambda name: frappe.db.get_value("ToDo", name, "description", cache=True),
        lambda name: frappe.get_all("ToDo", {"description": "second"}, pluck="description", limit=1)[0],
    ],
)
def test_no_read_misses_a_write_that_waits(site: str, look: Callable[[str], str]) -> None:
    todo = frappe.get_doc({"doctype": "ToDo", "description": "first"}).insert()
    frappe.get_cached_doc("ToDo", todo.name)
    with remembering(Memory()):
        look(frappe.get_doc({"doctype": "ToDo", "description": "second"}).insert().name)
        frappe.get_doc("ToDo", todo.name, for_update=True)
        frappe.db.get_value("ToDo", {"name": todo.name, "status": "Open"}, "description")
        frappe.db.set_value("ToDo", todo.name, "description", "second")
        assert look(todo.name) == "second"


@pytest.mark.parametrize(
    ("read", "waits"),
    [
        ("select priority, name from tabToDo where name = %(name)s", True),
        ("select priority, name from tabToDo where name = %(name)s for update", True),
        ("select t.priority from tabToDo t join tabUser u on u.name = t.owner where t.name = %(name)s", True),
        ("select Description from tabToDo where name = %(name)s", False),
        ("select `description` from `tabToDo` where name = %(name)s for update", False),
        ("select * from tabToDo where name = %(name)s", False),
        ("select count(*) from tabToDo where name = %(name)s", False),
        ("select t.name from tabToDo t natural join tabToDo u where t.name = %(name)s", False),
        ("select name from tabToDo where name = %(name)s order by modified", False),
        ("select row_count(), name from tabToDo where name = %(name)s", False),
    ],
)
def test_a_write_waits_on_only_for_reads_that_ask_for_none_of_its_columns(
    site: str, counted: Counted, read: str, waits: bool
) -> None:
    todo = frappe.get_doc({"doctype": "ToDo", "description": "first"}).insert()
    with remembering(Memory()) as writes:
        frappe.db.set_value("ToDo", todo.name, "description", "second")
        frappe.db.sql(read, {"name": todo.name})
        assert (writes.table == "tabToDo") is waits
        frappe.db.set_value("ToDo", todo.name, "description", "third")
    assert frappe.db.get_value("ToDo", todo.name, "description") == "third"
    frappe.db.rollback()


@pytest.mark.parametrize(
    "value", ["it's 100% \\ `x` %(name)s", "", None, 0, -7, 10**20, 0.1 + 0.2, -1e-7, 12345678.125]
)
def test_a_row_is_written_by_the_statement_of_the_query_builder(
    site: str, monkeypatch: pytest.MonkeyPatch, value: object
) -> None:
    todo = frappe.get_doc({"doctype": "ToDo", "description": "first"}).insert()
    sent: list[tuple[str, Any]] = []
    query = frappe.db.sql

    def noted(text: Any, values: Any = (), **options: Any) -> Any:
        sent.append((str(text), values))
        return query("select 1") if str(text).startswith("UPDATE") else query(text, values, **options)

    monkeypatch.setattr(frappe.db, "sql", noted)
    columns = {"description": value, "modified": frappe.utils.now(), "date": None}
    frappe.db.set_value("ToDo", todo.name, columns, update_modified=False)
    with remembering(Memory()):
        frappe.db.set_value("ToDo", todo.name, columns, update_modified=False)
    theirs, ours = (frappe.db._conn.cursor().mogrify(*of) for of in sent if of[0].startswith("UPDATE"))
    assert ours == theirs
    monkeypatch.undo()
    frappe.db.rollback()


def test_a_savepoint_stands_behind_what_was_written_before(site: str) -> None:
    todo = frappe.get_doc({"doctype": "ToDo", "description": "first"}).insert()
    with remembering(Memory()):
        frappe.db.set_value("ToDo", todo.name, "description", "second")
        frappe.db.savepoint("here")
        frappe.db.set_value("ToDo", todo.name, "description", "third")
        frappe.db.rollback(save_point="here")
        assert frappe.db.get_value("ToDo", todo.name, "description") == "second"
    assert frappe.db.get_value("ToDo", todo.name, "description") == "second"


def test_a_write_that_fails_late_fails_the_block(site: str) -> None:
    todo = frappe.get_doc({"doctype": "ToDo", "description": "first"}).insert()

    def write() -> None:
        with remembering(Memory()):
            frappe.db.set_value("ToDo", todo.name, "color", "x" * 1000)
            with contextlib.suppress(Exception):  # as code that takes the failure for one of its own statement
                frappe.db.sql("select 1 from tabToDo limit 1")

    with pytest.raises(frappe.db.DataError):
        write()


def test_of_a_locked_row_only_what_was_written_is_read_anew(office: ErpOffice, counted: Counted) -> None:
    name = office.purchase_invoice(10)
    held = hold([InvoiceRef(PURCHASE, name)])
    with remembering(held.memory):
        frappe.get_doc(PURCHASE, name)  # the meta is read by now
        frappe.db.set_value(PURCHASE, name, "outstanding_amount", 3)
        statements, seen = counted.of(lambda: frappe.get_doc(PURCHASE, name, for_update=True).as_dict())
        assert (statements, seen.outstanding_amount) == (2, 3)  # the write, and a read of the columns it wrote
        seen_again = counted.of(lambda: frappe.get_doc(PURCHASE, name).as_dict())
        assert seen_again == (0, seen)
        frappe.db.set_value(PURCHASE, name, {"outstanding_amount": 4.25, "status": "Partly Paid"})
        statements, seen = counted.of(lambda: frappe.get_doc(PURCHASE, name, for_update=True).as_dict())
        assert (statements, seen.outstanding_amount, seen.status) == (1, 4.25, "Partly Paid")  # given back as written
    assert frappe.get_doc(PURCHASE, name).as_dict() == seen


def test_what_is_written_to_a_row_before_it_is_inserted_is_not_sent(site: str, counted: Counted) -> None:
    frappe.get_meta("ToDo")
    with remembering(Memory()) as writes:
        writes.expect("ToDo", ["not there yet"])
        frappe.db.set_value("ToDo", "not there yet", "description", "lost, as it would be")
        assert counted.of(writes.send)[0] == 0
        frappe.get_doc({"doctype": "ToDo", "description": "first", "name": "not there yet"}).insert(
            set_name="not there yet"
        )
        frappe.db.set_value("ToDo", "not there yet", "description", "second")
    assert frappe.db.get_value("ToDo", "not there yet", "description") == "second"
    frappe.db.rollback()


def test_a_locking_read_is_made_once_where_all_its_rows_are_locked(site: str, counted: Counted) -> None:
    names = [frappe.get_doc({"doctype": "ToDo", "description": "first"}).insert().name for _ in range(2)]
    locking = "select name, description from `tabToDo` where name in %(names)s order by name lock in share mode"

    def read(*asked: str) -> Any:
        return frappe.db.sql(locking, {"names": asked})

    with remembering(Memory()):
        first = read(*names)
        assert counted.of(lambda: read(*names)) == (0, first)
        frappe.db.sql("update tabToDo set description = 'second' where name in %s", (names,))
        assert counted.of(lambda: [row[1] for row in read(*names)]) == (1, ["second", "second"])
        read(names[0], "not there")
        assert counted.of(lambda: read(names[0], "not there"))[0] == 1  # it may be there the next time
