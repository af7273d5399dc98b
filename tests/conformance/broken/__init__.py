"""Providers that break the contract."""
