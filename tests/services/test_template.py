"""Templates: shipped ones that work, the workspace's before them, and a job that says what it was filled with."""

from __future__ import annotations

import json

import pytest

from maquette.core.errors import Conflict, NotFound, TemplateInvalid
from maquette.core.pattern import Pack
from maquette.core.registry import Registry
from maquette.core.wildcard import every, from_lists
from maquette.core.wildcard import read as varied
from maquette.engine.plan import Wanted
from maquette.services import job as jobs
from maquette.services import template
from maquette.services.caller import Caller
from maquette.services.job import Submission
from maquette.services.template import Filling
from tests.engine.studio import Stage, reached
from tests.services.house import CALLER, SMALL, opened

KINDS = {
    "Portrait": {"headshot", "full body", "character design"},
    "Landscape": {"nature", "urban", "fantasy"},
    "Concept Art": {"sci-fi", "fantasy", "abstract"},
    "Product": {"mockups", "presentations"},
    "Style Transfer": {"artistic styles"},
}
MINE = {"name": "mine", "title": "Mine", "category": "Own", "base_prompt": "A {{ thing }} at {{ place }}"}


@pytest.mark.accepts("S1.18", "S1.61")
async def test_every_shipped_template_renders_with_its_examples_and_in_every_style(stage: Stage) -> None:
    studio = await opened(stage)
    found = await template.listed(studio, CALLER)
    kinds: dict[str, set[str]] = {}
    for view in found:
        kinds.setdefault(view.template.category, set()).add(view.template.subcategory)
        made = await template.rendered(studio, CALLER, view.template.name, view.template.values)
        assert len(made.prompt) > 40
        assert not set("{}") & set(made.prompt), made.prompt
        assert all(value in made.prompt for value in view.template.values.values())
    assert len(found) >= 13
    assert all(kinds[name] >= wanted for name, wanted in KINDS.items())
    styles = await template.styles(studio)
    assert {"Movements", "Techniques"} <= {style.category for style in styles}
    assert len(styles) >= 20
    for style in styles:
        asked = Filling("landscape-nature", {"place": "a fjord"}, style=style.name)
        assert style.prompt.rstrip(",.") in (await template.filled(studio, CALLER, asked)).prompt
    with pytest.raises(NotFound, match="No style"):
        await template.filled(studio, CALLER, Filling("landscape-nature", {"place": "x"}, style="none-such"))


@pytest.mark.accepts("S4.4", "S4.44")
async def test_the_request_goes_before_the_workspace_and_that_before_the_installation(any_stage: Stage) -> None:
    studio = await opened(any_stage)
    values = {"post_title": "Rain", "image_prompt": "a roof", "image_type": "realistic"}
    shipped = await template.rendered(studio, CALLER, "article-image", values)
    document = {**(await template.get(studio, CALLER, "article-image")).definition.body}
    document |= {"base_prompt": "{image_prompt}, {image_type}: {post_title}", "negative_prompt": "fog"}
    kept = await template.update(studio, CALLER, "article-image", document)
    assert (kept.origin, kept.resets) == ("user", True)
    ours = await template.rendered(studio, CALLER, "article-image", values)
    assert (ours.prompt, ours.negative_prompt) == ("a roof, realistic: Rain", "fog")
    own = Filling("article-image", values, own={"base_prompt": "Only {image_prompt}"})
    with pytest.raises(Exception, match="no text of the template uses it"):
        await template.filled(studio, CALLER, Filling("article-image", values, own={"base_prompt": "Only {a}"}))
    own = Filling("article-image", values, own={"base_prompt": "{post_title} {image_type} {image_prompt}!"})
    assert (await template.filled(studio, CALLER, own)).prompt == "Rain realistic a roof!"
    other = Caller("elsewhere", "key_2", "admin")
    assert (await template.rendered(studio, other, "article-image", values)).prompt == shipped.prompt
    back = await template.reset(studio, CALLER, "article-image")
    assert (back.origin, back.resets) == ("shipped", False)
    assert (await template.rendered(studio, CALLER, "article-image", values)).prompt == shipped.prompt


async def test_a_template_is_kept_changed_and_deleted(any_stage: Stage) -> None:
    studio = await opened(any_stage)
    made = await template.create(studio, CALLER, MINE)
    assert (made.definition.version, made.origin, made.resets) == (1, "user", False)
    with pytest.raises(Conflict, match="already"):
        await template.create(studio, CALLER, MINE)
    changed = await template.update(studio, CALLER, "mine", MINE | {"title": "Other"})
    assert (changed.definition.id, changed.definition.version) == (made.definition.id, 2)
    with pytest.raises(Conflict, match="nothing to go back to"):
        await template.reset(studio, CALLER, "mine")
    await template.delete(studio, CALLER, "mine")
    with pytest.raises(NotFound):
        await template.get(studio, CALLER, "mine")
    with pytest.raises(Conflict, match="came with"):
        await template.delete(studio, CALLER, "portrait-headshot")


@pytest.mark.accepts("S1.11", "S1.30")
async def test_a_job_is_made_from_a_template_and_keeps_what_it_was_filled_with(stage: Stage) -> None:
    studio = await opened(stage)
    asked = Filling("landscape-nature", {"place": "a fjord"})
    wanted = Wanted("media.painter.txt2img", SMALL, source={"note": "x"})
    taken = await jobs.submit(studio, CALLER, Submission(wanted, {"x": 1}, filling=asked))
    job = await reached(studio, taken.job)
    assert job.state == "succeeded", job.error
    assert "a fjord" in job.params["prompt"]
    source = dict(job.source or {})
    assert source["note"] == "x"
    assert source["prompt"] == job.params["prompt"]
    assert source["template"]["name"] == "landscape-nature"
    assert source["template"]["values"]["season"] == "late summer"
    with pytest.raises(TemplateInvalid, match="'place'"):
        await jobs.submit(studio, CALLER, Submission(wanted, {"x": 2}, filling=Filling("landscape-nature")))
    own = Wanted("media.painter.txt2img", {**SMALL, "prompt": "mine"})
    assert (await jobs.submit(studio, CALLER, Submission(own, {}, filling=asked))).job.params["prompt"] == "mine"


async def test_a_varied_template_is_drawn_by_the_seed_and_the_seed_is_kept(stage: Stage) -> None:
    studio = await opened(stage)
    asked = Filling("idea-mixer", {"subject": "a mill"}, seed=5)
    first, again = await template.filled(studio, CALLER, asked), await template.filled(studio, CALLER, asked)
    assert first.prompt == again.prompt
    assert first.source()["template"]["seed"] == 5
    others = {
        (await template.filled(studio, CALLER, Filling("idea-mixer", {"subject": "a mill"}))).prompt for _ in range(8)
    }
    assert len(others) > 1


def test_the_shipped_lists_are_whole() -> None:
    lists = {each.name: each.body["lines"] for each in Registry().shipped("wildcard")}
    for name, lines in lists.items():
        assert every(varied(f"__{name}__", from_lists(lists))) == lines
    shipped = [each.body for each in Registry().shipped("template")]
    pack = Pack.model_validate({"templates": shipped, "lists": [{"name": n, "lines": ls} for n, ls in lists.items()]})
    assert json.loads(pack.model_dump_json())["format"] == "maquette-templates"
