"""Scenarios: the real server and workers, real twins, real kills."""
