"""A session with the site's database, with the little of ``Rows`` that the contract of Transactions needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import frappe
from frappe.database import get_db

from imogi_finance.erpnext_adapter.transactions import FrappeTransactions

Row = dict[str, Any]
_TABLES = {"setting": "imogi_contract_setting"}


class ErpSession:
    """A Frappe database of its own: one connection, on which Transactions is held to its contract."""

    def __init__(self) -> None:
        conf = frappe.conf
        self.database = get_db(
            host=conf.db_host, port=conf.db_port, user=conf.db_name, password=conf.db_password, cur_db_name=conf.db_name
        )
        self.database.connect()
        self._transactions = FrappeTransactions(lambda: self.database)

    def close(self) -> None:
        self.database.close()

    def transaction(self) -> AbstractContextManager[None]:
        return self._transactions.transaction()

    def reading(self) -> AbstractContextManager[None]:
        return self._transactions.reading()

    def savepoint(self) -> AbstractContextManager[None]:
        return self._transactions.savepoint()

    def get(self, table: str, name: str) -> Row | None:
        return next(iter(self._rows(f"select * from {_TABLES[table]} where name = %s", name)), None)

    def lock(self, table: str, name: str) -> Row | None:
        return next(iter(self._rows(f"select * from {_TABLES[table]} where name = %s for update", name)), None)

    def select(self, table: str, where: Mapping[str, Any] | None = None, order_by: Sequence[str] = ()) -> list[Row]:
        assert not where
        assert not order_by
        return self._rows(f"select * from {_TABLES[table]} order by name")

    def insert(self, table: str, row: Row) -> None:
        self.database.sql(f"insert into {_TABLES[table]} (name, value) values (%(name)s, %(value)s)", row)

    def update(self, table: str, key: tuple[Any, ...], changes: Row) -> None:
        self.database.sql(f"update {_TABLES[table]} set value = %s where name = %s", (changes["value"], key[0]))

    def delete_where(self, table: str, where: Mapping[str, Any]) -> None:
        assert not where
        self.database.sql(f"delete from {_TABLES[table]}")

    def _rows(self, sql: str, *values: Any) -> list[Row]:
        if not hasattr(self.database, "imogi_watch"):
            self.database.rollback()  # outside a transaction of ours, Frappe's own would still show an old state
        return [dict(row) for row in self.database.sql(sql, values, as_dict=True)]


def make_tables() -> None:
    """Make empty tables for the contract."""
    for table in _TABLES.values():
        frappe.db.sql_ddl(f"drop table if exists {table}")
        frappe.db.sql_ddl(f"create table {table} (name varchar(140) primary key, value varchar(140)) engine = InnoDB")


def drop_tables() -> None:
    """Leave the site without them."""
    for table in _TABLES.values():
        frappe.db.sql_ddl(f"drop table if exists {table}")
