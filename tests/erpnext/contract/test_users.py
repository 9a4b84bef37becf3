"""The contract of Users, on ERPNext."""

from tests.contract.test_users import *  # noqa: F403
