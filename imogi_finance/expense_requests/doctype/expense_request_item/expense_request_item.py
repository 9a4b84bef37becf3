"""One expense of an Expense Request."""

from frappe.model.document import Document


class ExpenseRequestItem(Document):
    """Account, description and amount, in the request's currency."""
