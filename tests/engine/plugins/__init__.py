"""Small providers for the tests of the engine: one that can be looked up, one that cannot, one that answers at once."""
