"""Fixtures of the tests of operations: the engine's runs to order, on a Redis of the tests' own."""

from tests.erpnext.engine.conftest import _scene, hook, redis_of_tests, scene

__all__ = ["_scene", "hook", "redis_of_tests", "scene"]
