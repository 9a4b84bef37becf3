"""A connection to the site's database beside that of the request or job, for what must not touch the latter."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe


@contextmanager
def own_connection() -> Iterator[None]:
    """Have ``frappe.db`` be a connection of its own for the block, opened when it is first used and closed after it.

    What the request or job has written is not seen in the block, and neither committed nor rolled back by it.
    """
    given = frappe.local.db
    own = type(given)(
        host=given.host,
        user=given.user,
        password=given.password,
        port=given.port,
        cur_db_name=given.cur_db_name,
        socket=given.socket,
    )
    frappe.local.db = own
    try:
        yield
    finally:
        frappe.local.db = given
        own.close()
