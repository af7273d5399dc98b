"""Chats of other programs: two forms are read, everything else is refused by its path, and nothing without bounds."""

from __future__ import annotations

from typing import Any

import pytest

from maquette.core.conversation import MOST_TEXT
from maquette.core.errors import ParamsInvalid
from maquette.core.export import MOST_CONVERSATIONS, MOST_MESSAGES, read


def node(name: str, parent: str | None, role: str | None, parts: list[Any], children: list[str]) -> dict[str, Any]:
    message = {
        "author": {"role": role},
        "content": {"content_type": "text", "parts": parts},
        "create_time": 1700000000.5,
    }
    return {"id": name, "parent": parent, "children": children, "message": message if role else None}


TREE = {
    "title": "A fox",
    "create_time": 1700000000,
    "conversation_id": "abc-1",
    "current_node": "d",
    "mapping": {
        "root": node("root", None, None, [], ["a"]),
        "a": node("a", "root", "system", [""], ["b", "x"]),
        "b": node("b", "a", "user", ["A fox", {"content_type": "image_asset_pointer"}], ["c"]),
        "c": node("c", "b", "tool", [{"content_type": "image_asset_pointer"}], ["d"]),
        "d": node("d", "c", "assistant", ["In the snow."], []),
        "x": node("x", "a", "user", ["another branch"], []),
    },
}


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"messages": rows}])
def test_a_list_of_messages_is_a_conversation(wrap: Any) -> None:
    rows = [
        {"role": "developer", "content": "Be short."},
        {"role": "user", "content": [{"type": "text", "text": "A fox"}, {"type": "text", "text": "in snow"}]},
        {"role": "assistant", "content": "Done."},
    ]
    (talk,) = read(wrap(rows))
    assert [(line.role, line.text) for line in talk.lines] == [
        ("system", "Be short."), ("user", "A fox\nin snow"), ("assistant", "Done."),
    ]  # fmt: skip
    assert talk.title == "A fox in snow"


def test_of_a_tree_the_branch_is_read_that_was_shown_last() -> None:
    (talk,) = read([TREE])
    assert [(line.role, line.text) for line in talk.lines] == [("user", "A fox"), ("assistant", "In the snow.")]
    assert (talk.title, talk.legacy_id, talk.at, talk.skipped) == ("A fox", "abc-1", 1700000000000, 1)
    assert talk.lines[0].at == 1700000000500


def test_a_tree_that_names_no_newest_node_is_read_to_its_last_leaf() -> None:
    (talk,) = read({"mapping": TREE["mapping"]})
    assert [line.text for line in talk.lines] == ["another branch"]


def faults(document: Any) -> dict[str, str]:
    with pytest.raises(ParamsInvalid) as caught:
        read(document)
    assert caught.value.advice
    return {each["path"]: each["message"] for each in caught.value.details["errors"]}


def test_each_fault_is_named_by_its_path() -> None:
    found = faults(
        [{"role": "user", "content": "x"}, {"role": "wizard", "content": "x"}, {"role": "user", "content": " "}, 7]
    )
    assert found.keys() == {"document.1.role", "document.2.content", "document.3"}
    assert "'wizard' is no role" in found["document.1.role"]


@pytest.mark.parametrize("document", [None, 7, "text", {}, {"messages": 3}, {"mapping": []}, {"mapping": {"a": 1}}, []])
def test_what_is_no_export_is_refused(document: Any) -> None:
    assert faults(document)


def test_a_circle_of_parents_ends() -> None:
    nodes = {"a": node("a", "b", "user", ["x"], ["b"]), "b": node("b", "a", "user", ["y"], ["a"])}
    assert "circle" in faults({"mapping": nodes, "current_node": "a"})["document.mapping.a.parent"]


def test_an_import_is_bounded() -> None:
    row = {"role": "user", "content": "x"}
    assert "100000 messages" in faults([row] * 100_000)["document"]
    assert len(read([row] * MOST_MESSAGES)[0].lines) == MOST_MESSAGES
    assert "conversations" in faults([{"messages": [row]}] * (MOST_CONVERSATIONS + 1))["document"]
    assert "characters" in faults([{"role": "user", "content": "x" * (MOST_TEXT + 1)}])["document.0.content"]


def test_of_very_many_faults_the_first_are_listed_and_the_rest_counted() -> None:
    with pytest.raises(ParamsInvalid, match=r"950 more") as caught:
        read([{"role": "user", "content": ""}] * 1000)
    assert len(caught.value.details["errors"]) == 50
