"""A SwarmUI server of ours."""
