"""Speak the OpenAI wire: images, speech, text and models."""
