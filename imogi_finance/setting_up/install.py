"""Install: what is made once, beside what the fixtures and DocTypes bring."""

from imogi_finance.erpnext_adapter.health import notes
from imogi_finance.expense_requests import permissions, workflow
from imogi_finance.setting_up import indexes, roles


def before_install() -> None:
    """Make the roles first: the DocTypes' permissions name them."""
    roles.make()


def after_install() -> None:
    """Make the approval workflows. They are no fixtures: a migrate would overwrite what the site changes in them."""
    workflow.make()
    permissions.grant()
    indexes.make()
    notes.expect()
