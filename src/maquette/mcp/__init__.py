"""Actions as tools of the Model Context Protocol; the protocol's package loads with the first request."""
