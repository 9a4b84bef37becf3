"""The books of the embedded company: documents read, payments made, the bank statement followed."""

from imogi_finance.sandbox.books.books import SandboxBooks
from imogi_finance.sandbox.books.reading import pages

__all__ = ["SandboxBooks", "pages"]
