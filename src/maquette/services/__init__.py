"""Use cases: permission, validation, one transaction each. They know no door."""
