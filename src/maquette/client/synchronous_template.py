"""The calls of templates, in ordinary code."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from maquette.client.template import Rendered, Template

if TYPE_CHECKING:
    from maquette.client.asynchronous import AsyncClient
    from maquette.client.model import Job

T = TypeVar("T")


class SyncTemplates:
    """What `Templates` does, each call waited for."""

    _client: AsyncClient

    def _await(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for one call."""
        raise NotImplementedError

    def generate_from_template(
        self, template: str, context: Mapping[str, Any] | None = None, *, action: str = "image", **words: Any
    ) -> Job:
        """Make something from a template, whose variables `context` fills; the words are those of `generate`."""
        return self._await(self._client.generate_from_template(template, context, action=action, **words))

    def templates(self) -> Sequence[Template]:
        """Return every template as it is in force, by category."""
        return self._await(self._client.templates())

    def template(self, template: str) -> Template:
        """Return a template, by id or name."""
        return self._await(self._client.template(template))

    def render_template(
        self, template: str | Template, values: Mapping[str, Any] | None = None, **words: Any
    ) -> Rendered:
        """Return a template filled in; see `AsyncClient.render_template` for the words."""
        return self._await(self._client.render_template(template, values, **words))

    def save_template(self, document: Mapping[str, Any], *, template: str | None = None) -> Template:
        """Keep a new template, or a further version of `template`; raises an error that names every fault."""
        return self._await(self._client.save_template(document, template=template))

    def delete_template(self, template: str | Template) -> None:
        """Delete a template of the workspace; a shipped one of its name comes back."""
        self._await(self._client.delete_template(template))

    def reset_template(self, template: str | Template) -> Template:
        """Take back what the workspace changed of a shipped template, and return that."""
        return self._await(self._client.reset_template(template))

    def export_templates(self, names: Sequence[str] = ()) -> Mapping[str, Any]:
        """Return a pack of the named templates, or of all that the workspace wrote."""
        return self._await(self._client.export_templates(names))

    def import_templates(self, pack: Mapping[str, Any] | str) -> Mapping[str, Sequence[str]]:
        """Take a pack over: its data, its text, or its address; return what was created, updated and unchanged."""
        return self._await(self._client.import_templates(pack))
