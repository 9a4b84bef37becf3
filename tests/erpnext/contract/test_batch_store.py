"""The contract of BatchStore, on ERPNext."""

from tests.contract.test_batch_store import *  # noqa: F403
