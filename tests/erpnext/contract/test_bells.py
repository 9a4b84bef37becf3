"""The contract of Queue and Realtime, on ERPNext."""

from tests.contract.test_bells import *  # noqa: F403
