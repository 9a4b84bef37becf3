"""The contract of Transactions, on ERPNext."""

from tests.contract.test_transactions import *  # noqa: F403
