"""Durable execution: jobs, attempts and what becomes of them."""
