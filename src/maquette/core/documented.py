"""Models whose fields are described by the words below them."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from typing_extensions import override


class Documented(BaseModel):
    """A model whose JSON Schema describes each field by the docstring that follows it.

    Pydantic's `use_attribute_docstrings` does the same, but reads the sources of every class when it is made: a fifth
    of the time in which a server starts. Here they are read when somebody asks for the schema.
    """

    @classmethod
    @override
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler, /) -> JsonSchemaValue:
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for name, field in cls.model_fields.items():
            shown = properties.get(_key(name, field, handler.mode))
            if shown is not None and field.description is None and (words := _said(cls, name)):
                shown["description"] = words
        return schema


def _key(name: str, field: FieldInfo, mode: str) -> str:
    alias = field.validation_alias if mode == "validation" else field.serialization_alias
    return alias if isinstance(alias, str) else name


def describe(model: type[BaseModel]) -> None:
    """Give the fields of every model below one their words, for readers that take fields without their schema."""
    for each in model.__subclasses__():
        for name, field in each.model_fields.items():
            field.description = field.description or _said(each, name)
        describe(each)


def _said(model: type[BaseModel], name: str) -> str | None:
    """Return what follows a field in the class that annotates it last."""
    for each in model.__mro__:
        if name in inspect.get_annotations(each):
            return _docs(each.__module__).get((each.__qualname__, name))
    return None


@cache
def _docs(module: str) -> Mapping[tuple[str, str], str]:
    """Return the docstrings of all fields of a module, by class and field; none where it has no source."""
    file = getattr(sys.modules.get(module), "__file__", None)
    try:
        tree = ast.parse(Path(file).read_text(encoding="utf-8")) if file else None
    except (OSError, SyntaxError, ValueError):
        tree = None
    return dict(_fields(tree.body, "")) if tree else {}


def _fields(body: list[ast.stmt], prefix: str) -> Iterator[tuple[tuple[str, str], str]]:
    field = None
    for statement in body:
        described, field = field, None
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name)):
                field = name
            case ast.ClassDef():
                yield from _fields(statement.body, f"{prefix}{statement.name}.")
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from _fields(statement.body, f"{prefix}{statement.name}.<locals>.")
            case ast.Expr(value=ast.Constant(value=str(text))) if described:
                yield (prefix.removesuffix("."), described), inspect.cleandoc(text)
