"""One suite for every provider: what each must do, whoever wrote it."""
