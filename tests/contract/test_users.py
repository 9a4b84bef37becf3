"""The contract of Users: in whose name a worker acts, and who may see and change a run."""

from __future__ import annotations

import pytest

from imogi_finance.errors import NotPermitted, UnknownRun
from tests.support.staff import Staff


def test_a_worker_acts_as_the_user_and_is_nobody_after(staff: Staff) -> None:
    with staff.transactions.transaction():
        with staff.users.acting_as(staff.manager, undoing=False):
            assert staff.acting() == staff.manager
            assert staff.may_pay_or_undo()
            with staff.users.acting_as(staff.watcher, undoing=False):
                assert not staff.may_pay_or_undo()
            with staff.users.acting_as(staff.watcher, undoing=True):  # a run's undo needs no right of anybody's
                assert staff.may_pay_or_undo()
            assert staff.acting() == staff.manager
        assert staff.acting() is None
        assert not staff.may_pay_or_undo()


def test_an_error_inside_leaves_nobody_acting(staff: Staff) -> None:
    acting = staff.users.acting_as(staff.manager, undoing=True)
    with pytest.raises(ValueError, match="inside"), staff.transactions.transaction(), acting:
        raise ValueError("inside")
    assert staff.acting() is None
    assert not staff.may_pay_or_undo()


def test_a_disabled_user_may_undo_but_do_nothing_else(staff: Staff) -> None:
    staff.disable(staff.manager)
    with pytest.raises(NotPermitted), staff.users.acting_as(staff.manager, undoing=False):
        pass
    with staff.users.acting_as(staff.manager, undoing=True):
        assert staff.may_pay_or_undo()
    for check in (staff.users.check_may_see, staff.users.check_may_act):
        with pytest.raises(UnknownRun):
            check(staff.manager, staff.run)


def test_nobody_acts_as_a_user_who_does_not_exist(staff: Staff) -> None:
    with pytest.raises(NotPermitted), staff.users.acting_as("nobody", undoing=False):
        pass


def test_who_may_see_and_who_may_act(staff: Staff) -> None:
    for user in (staff.manager, staff.watcher):
        staff.users.check_may_see(user, staff.run)
    staff.users.check_may_act(staff.manager, staff.run)
    with pytest.raises(NotPermitted):
        staff.users.check_may_act(staff.watcher, staff.run)
    for user in (staff.stranger, "nobody"):
        for check in (staff.users.check_may_see, staff.users.check_may_act):
            with pytest.raises(UnknownRun):
                check(user, staff.run)
