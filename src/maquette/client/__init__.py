"""The SDK: one asynchronous client over HTTP, and a synchronous one that wraps it."""

from __future__ import annotations

from maquette.client.asynchronous import AsyncClient
from maquette.client.content import Content
from maquette.client.conversation import Conversation, Message
from maquette.client.model import Account, Action, Asset, Attempt, Estimate, Event, Job, Provider
from maquette.client.money import Budget, ModelPrice
from maquette.client.place import Place, alive, find_place
from maquette.client.preset import Preset
from maquette.client.problem import ServerUnreachable, error_of
from maquette.client.run import Interaction, Run, Step, Workflow
from maquette.client.synchronous import Client
from maquette.client.template import Rendered, Template
from maquette.core.errors import MaquetteError

__all__ = [
    "Account",
    "Action",
    "Asset",
    "AsyncClient",
    "Attempt",
    "Budget",
    "Client",
    "Content",
    "Conversation",
    "Estimate",
    "Event",
    "Interaction",
    "Job",
    "MaquetteError",
    "Message",
    "ModelPrice",
    "Place",
    "Preset",
    "Provider",
    "Rendered",
    "Run",
    "ServerUnreachable",
    "Step",
    "Template",
    "Workflow",
    "alive",
    "error_of",
    "find_place",
]
