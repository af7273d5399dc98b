"""Rows: one Store over SQLite and Postgres."""
