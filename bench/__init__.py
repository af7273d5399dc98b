"""Benchmarks: each compares in one run, and prints its bar beside each figure."""
