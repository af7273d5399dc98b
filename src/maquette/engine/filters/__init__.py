"""The content filters that come with the installation; each is off until a workspace switches it on."""
