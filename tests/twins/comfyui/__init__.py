"""Speak the ComfyUI wire: graphs, a queue in memory, history, files and a WebSocket."""
