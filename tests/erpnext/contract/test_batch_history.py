"""The contract of BatchHistory, on ERPNext."""

from tests.contract.test_batch_history import *  # noqa: F403
