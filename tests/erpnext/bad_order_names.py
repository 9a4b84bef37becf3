"""What can be wrong with an order, by name: what is said of it, and whether it can be mended. See ``bad_orders``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """Why an order is not invoiced.

    Args:
        says: words of what the user is told.
        is_mendable: whether anything makes it good again.
        is_seen_first: whether it is told when the run is asked for, and not only when the order's turn has come.
    """

    says: str
    is_mendable: bool = True
    is_seen_first: bool = True


REASONS = {
    "a draft": Reason("It is a draft."),
    "cancelled": Reason("It is cancelled.", is_mendable=False),
    "on hold": Reason("It is on hold."),
    "closed": Reason("It is closed."),
    "billed by hand": Reason("Nothing is left to bill"),
    "billed by a draft": Reason("A draft invoice bills it already"),
    "above its credit limit": Reason("redit limit"),
    "of a frozen customer": Reason("frozen"),
    "of a disabled customer": Reason("disabled"),
    "of a disabled item": Reason("disabled"),
    "of an item that has ended": Reason("end of life"),
    "posted to a disabled account": Reason("disabled", is_seen_first=False),
}
MISSING, OF_MISSING = "SAL-ORD-NONE-00001", Reason("It does not exist.", is_mendable=False)
