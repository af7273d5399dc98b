"""What is said in a conversation, and the jobs that answer it: texts, and media made from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from maquette.core.conversation import MOST_TEXT, Message, Speaker, transcript
from maquette.core.digest import digest
from maquette.core.errors import ParamsInvalid
from maquette.core.ids import new_id
from maquette.core.model import Job
from maquette.engine.plan import Wanted
from maquette.engine.studio import Studio
from maquette.services import conversation as conversations
from maquette.services import job as jobs
from maquette.services import route as routes
from maquette.services import transcript as transcripts
from maquette.services.caller import Caller, require
from maquette.services.conversation import MessageView
from maquette.services.job import Submission, Submitted
from maquette.services.template import Filling
from maquette.store import account as accounts
from maquette.store import conversation as rows
from maquette.store import job as job_rows
from maquette.store.database import Tx

SOURCE = "conversation"
"""Where a job's source names the conversation that it was made for."""
_HISTORY = 24_000
_ROOM = MOST_TEXT - 2_000
_SUMMARISE = (
    "Summarise the conversation that follows in at most {most} sentences: who and what is in it, where, in which mood "
    "and manner. Write only the summary."
)


@dataclass(frozen=True, slots=True)
class Saying:
    """What somebody says."""

    conversation: str
    text: str
    role: Speaker = "user"
    reply: Wanted | None = None
    """What is to answer it, its prompt left out; None where nothing is."""
    body: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The request, by which a repeat is known."""
    key: str | None = None
    """The Idempotency-Key."""
    at_once: bool = False
    filling: Filling | None = None
    """The template that gives the prompt."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was said, and what answers it."""

    messages: Sequence[MessageView]
    """In the order in which they stand."""
    taken: Submitted | None = None


async def say(studio: Studio, caller: Caller, saying: Saying) -> Said:
    """Append a message, and in the same commit take the job that answers it.

    Raises what taking a job raises; then nothing was said. An answer is a message of the assistant whose text comes
    from its job.
    """
    require(caller, "member")
    if saying.reply is None:
        return await studio.store.write(caller.workspace, lambda tx: _only_said(tx, saying))
    if saying.role != "user":
        raise ParamsInvalid(
            f"A message of the {saying.role!r} is not answered",
            hint="Leave `reply` out, or say it as the user.",
            errors=[{"path": "reply", "message": "goes with a message of the user alone"}],
        )
    before = await transcripts.said(studio, caller, saying.conversation)
    wanted = await _spoken(studio, caller, saying.reply, saying.text, before)
    question = _message(caller, saying.conversation, saying.role, saying.text)
    return await _taken(studio, caller, saying, wanted, [question])


async def generate(studio: Studio, caller: Caller, saying: Saying) -> Said:
    """Make media from a conversation, and keep them as a message of the assistant; raises what taking a job raises.

    A template gives the prompt, filled from the conversation; without one, and without a prompt among the parameters,
    the last message is the prompt.
    """
    require(caller, "member")
    assert saying.reply is not None  # noqa: S101 - what is made is what is asked for
    wanted = saying.reply
    if saying.filling is None and not wanted.params.get("prompt"):
        wanted = replace(wanted, params={**wanted.params, "prompt": await last_words(studio, caller, saying)})
    return await _taken(studio, caller, saying, wanted, [])


async def again(studio: Studio, caller: Caller, said: Said) -> Said:
    """Return what was said as it is now, with what its job has written."""
    ids = [view.message.id for view in said.messages]
    return replace(said, messages=await conversations.refreshed(studio, caller, ids))


async def last_words(studio: Studio, caller: Caller, saying: Saying) -> str:
    """Return the last message that says something; raises `ParamsInvalid` where none does."""
    found = await transcripts.said(studio, caller, saying.conversation)
    text = next((message.text for message in reversed(found) if message.text.strip()), "")
    if not text:
        raise ParamsInvalid(
            "The conversation says nothing yet, so there is no prompt",
            hint="Give a `prompt`, or say something first.",
            errors=[{"path": "params.prompt", "message": "is missing, and no message stands in for it"}],
        )
    return text


async def summarised(studio: Studio, caller: Caller, saying: Saying, most: int) -> str | Submitted:
    """Return a digest in the conversation's own sentences, or the job of a text action that summarises it.

    Args:
        studio: The installation.
        caller: Who asks.
        saying: The conversation, and as `reply` what summarises; None for the digest.
        most: How many sentences.
    """
    found = [each for each in await transcripts.said(studio, caller, saying.conversation) if each.role != "system"]
    if saying.reply is None:
        return digest([each.text for each in found], most)
    require(caller, "member")
    prompt = f"{_SUMMARISE.format(most=most)}\n\n{transcript(found, _HISTORY)}"
    wanted = replace(saying.reply, params={"prompt": prompt, **saying.reply.params})
    return await jobs.submit(studio, caller, _submission(saying, wanted))


def _only_said(tx: Tx, saying: Saying) -> Said:
    made = Message(new_id("msg"), tx.workspace, saying.conversation, saying.role, saying.text, tx.now)
    conversations.touch(tx, saying.conversation, saying.text)
    rows.say(tx, made)
    return Said([MessageView(made)])


def _message(caller: Caller, conversation: str, role: Speaker, text: str = "") -> Message:
    return Message(new_id("msg"), caller.workspace, conversation, role, text, 0)


def _submission(saying: Saying, wanted: Wanted, also: Callable[[Tx, Job], None] | None = None) -> Submission:
    source = {**(wanted.source or {}), SOURCE: saying.conversation}
    body = {**saying.body, SOURCE: saying.conversation}
    return Submission(replace(wanted, source=source), body, saying.key, saying.at_once, saying.filling, also)


async def _taken(studio: Studio, caller: Caller, saying: Saying, wanted: Wanted, asked: Sequence[Message]) -> Said:
    """Take the job that answers, with the messages in its commit; a repeat of the request finds both again."""
    answer = _message(caller, saying.conversation, "assistant")
    ids = [each.id for each in (*asked, answer)]
    wanted = replace(wanted, source={**(wanted.source or {}), "messages": ids})

    def also(tx: Tx, job: Job) -> None:
        conversations.touch(tx, saying.conversation, saying.text or str(job.params.get("prompt", "")))
        rows.say(tx, *(replace(each, created_at=tx.now) for each in (*asked, replace(answer, job=job.id))))

    taken = await jobs.submit(studio, caller, _submission(saying, wanted, also))

    def unit(tx: Tx) -> list[MessageView]:
        known = job_rows.get(tx, taken.job.id).about.get("messages", ids)
        return conversations.views(tx, rows.messages_of(tx, known))

    return Said(await studio.store.read(caller.workspace, unit), taken)


async def _spoken(studio: Studio, caller: Caller, reply: Wanted, text: str, before: Sequence[Message]) -> Wanted:
    """Return what answers a text: what reads instructions is also told what was said before."""
    told = {"instructions": _instructions(before), "stream": True}
    bare = replace(reply, params={"prompt": text, **reply.params}, workspace=caller.workspace)

    def unit(tx: Tx) -> Wanted:
        job, _ = routes.planned(tx, studio, accounts.listed(tx), bare)
        if job.produces != "text":
            raise ParamsInvalid(
                f"{job.action!r} makes {job.produces!r}, and a message is answered by a text",
                hint="Choose an action that makes text; media are made by `generate`.",
                errors=[{"path": "reply", "message": "makes no text"}],
            )
        # A medium is settled here: what answers must not turn from one that reads the talk into one that does not.
        action = job.plan[0]["action"] if bare.media and job.preset is None and job.plan else bare.action
        chosen = replace(bare, action=action, media=None) if action else bare
        fields = list(_fields(studio, job, chosen))
        known = {word: value for word, value in told.items() if value and all(word in each for each in fields)}
        return replace(chosen, params={**known, **bare.params})

    return await studio.store.read(caller.workspace, unit)


def _fields(studio: Studio, job: Job, wanted: Wanted) -> Iterator[Mapping[str, Any]]:
    names = {wanted.action} if wanted.action else {action for action, _ in routes.runs_of(job)}
    for name in names:
        action = studio.registry.known(str(name))
        yield action.schema().get("properties", {}) if action is not None else {}


def _instructions(before: Sequence[Message]) -> str:
    rules = "\n".join(message.text for message in before if message.role == "system")[: _ROOM - _HISTORY]
    talk = transcript([message for message in before if message.role != "system"], _HISTORY)
    return "\n\n".join(part for part in (rules, f"What was said before:\n{talk}" if talk else "") if part)
