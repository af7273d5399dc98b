"""One file or package per provider; its name is the provider's name."""
