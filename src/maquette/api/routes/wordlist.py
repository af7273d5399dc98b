"""Lists of varied prompts over HTTP."""

from __future__ import annotations

from maquette.api.ask_template import LinesAsk, ListName
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.shape import Listing
from maquette.api.shape_template import WordlistShape
from maquette.core.pattern import Wordlist, parsed
from maquette.services import wordlist as wordlists

DOORS = Doors("/api/v1/wildcards", "templates")


@DOORS.get("", "viewer")
async def wildcards(studio: TheStudio, caller: TheCaller) -> Listing[WordlistShape]:
    """List every list by name; a varied prompt takes a line of one by `__name__`."""
    found = await wordlists.listed(studio, caller)
    rows = [WordlistShape(name=v.wordlist.name, lines=v.wordlist.lines, origin=v.origin) for v in found]
    return Listing[WordlistShape](items=rows)


@DOORS.put("/{name}", "member")
async def save_wildcard(name: ListName, ask: LinesAsk, studio: TheStudio, caller: TheCaller) -> WordlistShape:
    """Keep a list, in place of the one of that name."""
    wordlist = parsed(Wordlist, {"name": name, "lines": ask.lines}, "The list")
    await wordlists.save(studio, caller, wordlist)
    return WordlistShape(name=name, lines=wordlist.lines, origin="user")


@DOORS.delete("/{name}", "member", status_code=204)
async def remove_wildcard(name: ListName, studio: TheStudio, caller: TheCaller) -> None:
    """Delete a list of the workspace; a shipped one of that name comes back."""
    await wordlists.delete(studio, caller, name)
