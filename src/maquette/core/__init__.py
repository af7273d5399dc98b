"""Types, errors and names: pure, without input or output."""
