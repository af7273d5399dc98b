"""Speak the wire of Anthropic's Messages."""
