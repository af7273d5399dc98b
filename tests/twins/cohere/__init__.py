"""Speak the wire of Cohere's chat."""
