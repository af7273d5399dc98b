"""Graphs as ComfyUI's editor saves them, drawn for these tests."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class Drawing:
    """Draw a graph: nodes with their widget values, and links between them."""

    def __init__(self) -> None:
        self.nodes: list[Json] = []
        self.links: list[list[Any]] = []

    def node(self, kind: str, *widgets: Any, outputs: tuple[str, ...] = (), mode: int = 0) -> int:
        """Add a node and return its id."""
        name = len(self.nodes) + 1
        values: Any = widgets[0] if len(widgets) == 1 and isinstance(widgets[0], dict) else list(widgets)
        sockets = [{"name": word, "type": word, "links": []} for word in outputs]
        self.nodes.append(
            {"id": name, "type": kind, "mode": mode, "inputs": [], "outputs": sockets, "widgets_values": values}
        )
        return name

    def link(self, origin: int, slot: int, target: int, name: str, kind: str, *, widget: bool = False) -> None:
        """Lead an output to an input; `widget` says that the input was a widget before."""
        number = len(self.links) + 1
        socket: Json = {"name": name, "type": kind, "link": number}
        if widget:
            socket["widget"] = {"name": name}
        inputs = self.nodes[target - 1]["inputs"]
        inputs.append(socket)
        self.nodes[origin - 1]["outputs"][slot]["links"].append(number)
        self.links.append([number, origin, slot, target, len(inputs) - 1, kind])

    def saved(self) -> Json:
        """Return the file."""
        return {"last_node_id": len(self.nodes), "nodes": self.nodes, "links": self.links, "version": 0.4}


def portrait() -> Drawing:
    """Draw a text-to-image graph that uses what only the editor knows: a reroute, a primitive, a bypass, a note."""
    drawing = Drawing()
    loader = drawing.node("CheckpointLoaderSimple", "twin-sd15.safetensors", outputs=("MODEL", "CLIP", "VAE"))
    lora = drawing.node("LoraLoader", "twin-ink.safetensors", 0.8, 0.6, outputs=("MODEL", "CLIP"), mode=4)
    wanted = drawing.node("CLIPTextEncode", "a portrait [[m:ui]]", outputs=("CONDITIONING",))
    unwanted = drawing.node("CLIPTextEncode", "blurry", outputs=("CONDITIONING",))
    canvas = drawing.node("EmptyLatentImage", 128, 96, 1, outputs=("LATENT",))
    sampler = drawing.node(
        "KSampler", 7, "randomize", 4, 6.5, "heun", "karras", 1.0, outputs=("LATENT",)
    )  # fmt: skip
    decoder = drawing.node("VAEDecode", outputs=("IMAGE",))
    save = drawing.node("SaveImage", "ui/portrait")
    reroute = drawing.node("Reroute", outputs=("VAE",))
    seed = drawing.node("PrimitiveNode", 4711, "fixed", outputs=("INT",))
    drawing.node("Note", "This is how it works.")
    drawing.node("PreviewImage", mode=2)
    drawing.link(loader, 0, lora, "model", "MODEL")
    drawing.link(loader, 1, lora, "clip", "CLIP")
    drawing.link(lora, 0, sampler, "model", "MODEL")
    drawing.link(lora, 1, wanted, "clip", "CLIP")
    drawing.link(lora, 1, unwanted, "clip", "CLIP")
    drawing.link(wanted, 0, sampler, "positive", "CONDITIONING")
    drawing.link(unwanted, 0, sampler, "negative", "CONDITIONING")
    drawing.link(canvas, 0, sampler, "latent_image", "LATENT")
    drawing.link(seed, 0, sampler, "seed", "INT", widget=True)
    drawing.link(loader, 2, reroute, "", "*")
    drawing.link(reroute, 0, decoder, "vae", "VAE")
    drawing.link(sampler, 0, decoder, "samples", "LATENT")
    drawing.link(decoder, 0, save, "images", "IMAGE")
    return drawing


def film() -> Drawing:
    """Draw a graph from a picture to a video: an upload button, plain and dynamic lists."""
    drawing = Drawing()
    source = drawing.node("LoadImage", "example.png", "image", outputs=("IMAGE", "MASK"))
    scaled = drawing.node("ImageScaleToMaxDimension", "lanczos", 64, outputs=("IMAGE",))
    video = drawing.node("CreateVideo", {"fps": 8}, outputs=("VIDEO",))
    save = drawing.node("SaveVideo", "ui/film", "mp4", "h264")
    drawing.link(source, 0, scaled, "image", "IMAGE")
    drawing.link(scaled, 0, video, "images", "IMAGE")
    drawing.link(video, 0, save, "video", "VIDEO")
    return drawing
