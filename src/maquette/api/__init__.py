"""The HTTP door: REST, event streams, and the workflow document's own path."""
