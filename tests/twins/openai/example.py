"""Make a value that a JSON Schema accepts."""

from __future__ import annotations

from typing import Any

from tests.twins.wire import Json


def example(schema: Json, words: str, root: Json | None = None) -> Any:
    """Return a value for a schema in the subset that structured outputs allow; texts say `words`."""
    root = root or schema
    if "$ref" in schema:
        return example(_target(schema["$ref"], root), words, root)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if "anyOf" in schema:
        return example(schema["anyOf"][0], words, root)
    kind = schema.get("type", "object")
    if kind == "object":
        return {name: example(inner, words, root) for name, inner in schema.get("properties", {}).items()}
    if kind == "array":
        return [example(schema["items"], words, root)] * max(1, schema.get("minItems", 1))
    return _scalar(kind[0] if isinstance(kind, list) else kind, schema, words)


def _scalar(kind: str, schema: Json, words: str) -> Any:
    if kind == "string":
        return words[: schema.get("maxLength", len(words))]
    number = schema.get("minimum", 1)
    return {"integer": int(number), "number": float(number), "boolean": True}.get(kind)


def _target(reference: str, root: Json) -> Json:
    found = root
    for part in reference.removeprefix("#/").split("/"):
        found = found[part] if part not in {"", "#"} else found
    return found
