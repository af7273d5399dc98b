"""Speak the wire of Google Cloud Text-to-Speech."""
