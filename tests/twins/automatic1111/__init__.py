"""A Stable Diffusion web API of ours."""
