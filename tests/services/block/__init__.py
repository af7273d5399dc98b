"""A catalog of one provider, under the name that the chat application's settings file gives it."""
