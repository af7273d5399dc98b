"""Templates, as the server sends them, and their calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from maquette.client.model import empty_raw, parse
from maquette.client.transport import API, Transport


@dataclass(frozen=True, slots=True)
class Template:
    """A template as it is in force."""

    id: str
    name: str = ""
    title: str = ""
    description: str = ""
    category: str = ""
    subcategory: str = ""
    media: str = "image"
    format: str = "double"
    base_prompt: str = ""
    negative_prompt: str = ""
    style: str = ""
    dynamic: bool = False
    default_params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    """An example for each variable."""
    context_mappings: Mapping[str, str] = field(default_factory=dict[str, str])
    fields: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The form of its values, as JSON Schema."""
    example: str = ""
    version: int = 0
    origin: str = "user"
    resets: bool = False
    """Whether it stands in the place of a shipped one."""
    raw: Mapping[str, Any] = empty_raw()


@dataclass(frozen=True, slots=True)
class Rendered:
    """A template that was filled in."""

    prompt: str = ""
    negative_prompt: str = ""
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    template: str = ""
    name: str = ""
    version: int = 0
    style: str = ""
    seed: int | None = None
    raw: Mapping[str, Any] = empty_raw()


class Templates:
    """Prompts with variables."""

    _transport: Transport

    async def templates(self) -> Sequence[Template]:
        """Return every template as it is in force, by category."""
        return [parse(Template, row) async for row in self._transport.pages(f"{API}/templates", None, {})]

    async def template(self, template: str) -> Template:
        """Return a template, by id or name."""
        return parse(Template, await self._transport.json("GET", f"{API}/templates/{template}"))

    async def render_template(
        self, template: str | Template, values: Mapping[str, Any] | None = None, **words: Any
    ) -> Rendered:
        """Return a template filled in; a variable without a value is an error that names it.

        Args:
            template: Its id or name.
            values: The value of each variable.
            words: `conversation`, `context`, `style`, `base_prompt`, `negative_prompt` and `seed`.
        """
        body = {"values": dict(values or {})} | {name: word for name, word in words.items() if word is not None}
        made = await self._transport.json("POST", f"{API}/templates/{_id(template)}/render", json=body)
        return parse(Rendered, made)

    async def save_template(self, document: Mapping[str, Any], *, template: str | None = None) -> Template:
        """Keep a new template, or a further version of `template`; raises an error that names every fault."""
        way = ("PUT", f"{API}/templates/{template}") if template else ("POST", f"{API}/templates")
        return parse(Template, await self._transport.json(*way, json=dict(document)))

    async def delete_template(self, template: str | Template) -> None:
        """Delete a template of the workspace; a shipped one of its name comes back."""
        await self._transport.json("DELETE", f"{API}/templates/{_id(template)}")

    async def reset_template(self, template: str | Template) -> Template:
        """Take back what the workspace changed of a shipped template, and return that."""
        return parse(Template, await self._transport.json("POST", f"{API}/templates/{_id(template)}/reset"))

    async def export_templates(self, names: Sequence[str] = ()) -> Mapping[str, Any]:
        """Return a pack of the named templates, or of all that the workspace wrote."""
        chosen = {"names": ",".join(names)} if names else {}
        found: Mapping[str, Any] = await self._transport.json("GET", f"{API}/templates/pack", params=chosen)
        return found

    async def import_templates(self, pack: Mapping[str, Any] | str) -> Mapping[str, Sequence[str]]:
        """Take a pack over: its data, its text, or its address; return what was created, updated and unchanged."""
        by_address = isinstance(pack, str) and pack.startswith(("http://", "https://"))
        body = {"url": pack} if by_address else {"pack": pack}
        made: Mapping[str, Sequence[str]] = await self._transport.json("POST", f"{API}/templates/pack", json=body)
        return made


def _id(template: str | Template) -> str:
    return template if isinstance(template, str) else template.id
