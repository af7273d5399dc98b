"""Call a function: the first one that the prompt names, until its output is there."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass
from typing import Any

from tests.twins.openai.dialect import refuse
from tests.twins.openai.example import example
from tests.twins.wire import Json

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True)
class Called:
    """Hold the function that the model wants run, with its arguments as text."""

    name: str
    arguments: str
    call: str

    def item(self) -> Json:
        """Return it as the Responses endpoint says it."""
        head = {"type": "function_call", "id": self.call.replace("call_", "fc_"), "status": "completed"}
        return head | {"call_id": self.call, "name": self.name, "arguments": self.arguments}

    def part(self) -> Json:
        """Return it as chat completions say it."""
        return {
            "id": self.call,
            "type": "function",
            "function": {"name": self.name, "arguments": self.arguments},
        }


def called(tools: object, prompt: str, answered: bool) -> Called | None:
    """Return the call that a prompt leads to; None once its output is there, or where it names no function."""
    functions = [_checked(tool, number) for number, tool in enumerate(tools if isinstance(tools, list) else [])]
    if answered:
        return None
    for function in functions:
        if re.search(rf"(?<![\w-]){re.escape(function['name'])}(?![\w-])", prompt):
            schema = function["parameters"]
            words = {name: example(schema["properties"][name], prompt) for name in schema.get("required", ())}
            return Called(function["name"], json.dumps(words), f"call_{uuid.uuid4().hex[:24]}")
    return None


def _checked(tool: Any, number: int) -> Json:
    where = f"tools[{number}]"
    if not isinstance(tool, dict) or tool.get("type") != "function":
        refuse(f"Invalid value: '{where}.type'.", where)
    function = tool.get("function", tool)
    if not _NAME.fullmatch(str(function.get("name", ""))):
        refuse(f"Invalid '{where}.name': string does not match pattern. Expected '^[a-zA-Z0-9_-]+$'.", where)
    parameters = function.get("parameters") or {}
    if parameters.get("type") != "object":
        refuse(f"Invalid schema for function '{function['name']}': schema must be of type 'object'.", where)
    if len(str(function.get("description", ""))) > 1024:
        refuse(f"Invalid '{where}.description': string too long.", where, "string_above_max_length")
    return {"parameters": parameters, "name": function["name"]}
