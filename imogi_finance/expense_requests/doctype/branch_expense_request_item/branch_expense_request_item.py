"""One item of a Branch Expense Request."""

from frappe.model.document import Document


class BranchExpenseRequestItem(Document):
    """Item or description, quantity and rate, in the company's currency."""
