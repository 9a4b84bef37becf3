"""The contract of BatchStore for per-item runs, on ERPNext."""

from tests.contract.test_decided_items import *  # noqa: F403
