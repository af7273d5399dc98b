"""Modules that the tests of the engine run."""
