"""One company's exception in the settings."""

from frappe.model.document import Document


class IMOGIFinanceCompany(Document):
    """Whether bank payments of one company are held; the rule is in ``imogi_finance.paid_status``."""
