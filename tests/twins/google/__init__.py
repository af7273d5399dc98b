"""Speak the wires of the Gemini API and of Vertex."""
