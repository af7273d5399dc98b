"""Make the typed client for TypeScript from the OpenAPI document; `python -m tests.house.openapi` writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.house.tree import ROOT

CLIENT = ROOT / "docs" / "maquette.ts"
_HEAD = """/**
 * A typed client of Maquette's HTTP API, in one file and without a dependency: copy it into your project.
 *
 * Written from docs/openapi.json; do not change it by hand.
 *
 *   const maquette = new Maquette('http://127.0.0.1:7878', key)
 *   const ask = { action: 'media.painter.txt2img', params: { prompt: 'a fox' } }
 *   const job = await maquette.jobs_create(ask, { wait: 30 })
 *
 * Every call that the server refuses throws a `Problem` with its `code` and a `hint` that says what to do.
 */

export type Fault = { path: string; message: string }

/** What the server, or the way to it, said against a call. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly hint: string
  readonly errors: Fault[]
  readonly body: Record<string, unknown>
  /** Seconds after which the same call may do. */
  readonly retryAfter: number | null

  constructor(status: number, body: Record<string, unknown>, retryAfter: number | null = null) {
    super(String(body.detail ?? body.title ?? 'Something went wrong'))
    this.status = status
    this.code = String(body.code ?? '')
    this.hint = String(body.hint ?? '')
    this.errors = (body.errors as Fault[] | undefined) ?? []
    this.body = body
    this.retryAfter = retryAfter
  }
}

export type Options = {
  /** Makes a repeat of the same request safe for 24 hours. */
  idempotencyKey?: string
  /** Seconds to wait for a finished job. */
  wait?: number
  signal?: AbortSignal
}

type Query = Record<string, unknown>
"""
_CLASS = """
export class Maquette {
  constructor(readonly url: string, private readonly key: string | null = null) {}

  /** Make any call and return what was answered, or throw a `Problem`. */
  async call(method: string, path: string, query: Query, body: unknown, options: Options = {}): Promise<Response> {
    const address = new URL(this.url.replace(/\\/+$/, '') + path)
    for (const [name, value] of Object.entries(query))
      if (value !== undefined && value !== null) address.searchParams.set(name, String(value))
    const headers: Record<string, string> = { accept: 'application/json' }
    if (this.key !== null) headers.authorization = `Bearer ${this.key}`
    if (options.idempotencyKey !== undefined) headers['idempotency-key'] = options.idempotencyKey
    if (options.wait !== undefined) headers.prefer = `wait=${options.wait}`
    const form = body instanceof FormData
    if (body !== undefined && !form) headers['content-type'] = 'application/json'
    const sent = body === undefined ? undefined : form ? body : JSON.stringify(body)
    let answer: Response
    try {
      answer = await fetch(address, { method, headers, body: sent, signal: options.signal })
    } catch (thrown) {
      if (options.signal?.aborted) throw thrown
      throw new Problem(0, { code: 'unreachable', detail: 'The server does not answer.', hint: 'See that it runs.' })
    }
    if (answer.ok) return answer
    const said = (await answer.json().catch(() => ({ title: answer.statusText }))) as Record<string, unknown>
    const after = Number(answer.headers.get('retry-after') ?? '')
    throw new Problem(answer.status, said, answer.headers.has('retry-after') && Number.isFinite(after) ? after : null)
  }

  private async json<T>(method: string, path: string, query: Query, body: unknown, options?: Options): Promise<T> {
    const answer = await this.call(method, path, query, body, options)
    return answer.status === 204 ? (undefined as T) : ((await answer.json()) as T)
  }
"""
_WORD = re.compile(r"[A-Za-z_]\w*")
_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def written(document: Mapping[str, Any]) -> str:
    """Return the client: a type for each schema, a method for each route."""
    schemas = document["components"]["schemas"]
    types = [f"export type {_name(name)} = {_type(schema)}" for name, schema in sorted(schemas.items())]
    methods = sorted(_methods(document["paths"]))
    return "\n".join([_HEAD, "\n\n".join(types), _CLASS, "\n\n".join(methods), "}", ""])


def _methods(paths: Mapping[str, Any]) -> Iterator[str]:
    for path, operations in paths.items():
        for method, operation in operations.items():
            yield _method(method.upper(), path, operation)


def _method(method: str, path: str, operation: Mapping[str, Any]) -> str:
    given = operation.get("parameters", [])
    inside = [f"{_name(each['name'])}: string" for each in given if each["in"] == "path"]
    asked = [each for each in given if each["in"] == "query"]
    fields = "; ".join(
        f"{_key(each['name'])}{'' if each['required'] else '?'}: {_type(each['schema'])}" for each in asked
    )
    body = operation.get("requestBody", {}).get("content", {})
    takes = [*inside]
    if body:
        takes.append(f"body: {_body(body)}")
    if asked:
        optional = "" if any(each["required"] for each in asked) else " = {}"
        takes.append(f"query: {{ {fields} }}{optional}")
    takes.append("options: Options = {}")
    filled = re.sub(r"\{(\w+)(?::path)?\}", lambda found: f"${{encodeURIComponent({found[1]})}}", path)
    call = f"'{method}', `{filled}`, {'query' if asked else '{}'}, {'body' if body else 'undefined'}, options"
    made = _made(operation["responses"])
    calls = f"this.call({call})" if made == "Response" else f"this.json<{made}>({call})"
    told = str(operation.get("description") or operation.get("summary", "")).split("\n")[0].replace("*/", "* /")
    head = f"{_name(operation['operationId'])}({', '.join(takes)}): Promise<{made}>"
    return f"  /** {told} */\n  {head} {{\n    return {calls}\n  }}"


def _body(content: Mapping[str, Any]) -> str:
    found = [_type(each.get("schema", {})) for kind, each in content.items() if kind == "application/json"]
    return " | ".join([*found, *(["FormData"] if "multipart/form-data" in content else [])]) or "unknown"


def _made(responses: Mapping[str, Any]) -> str:
    """Return the type of what a call brings; what is no JSON is handed over as the response itself."""
    good = {code: answer for code, answer in responses.items() if code.startswith("2")}
    if set(good) == {"204"}:
        return "void"
    found = [
        _type(each["schema"])
        for answer in good.values()
        for kind, each in answer.get("content", {}).items()
        if kind == "application/json" and each.get("schema")
    ]
    return " | ".join(dict.fromkeys(found)) or "Response"


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return _name(schema["$ref"].rpartition("/")[2])
    if "const" in schema or "enum" in schema:
        return " | ".join(map(_literal, schema.get("enum", [schema.get("const")])))
    for word, joint in (("anyOf", " | "), ("oneOf", " | "), ("allOf", " & ")):
        if word in schema:
            return joint.join(dict.fromkeys(_type(each) for each in schema[word])) or "unknown"
    return _of_kind(schema, schema.get("type"))


def _of_kind(schema: Mapping[str, Any], kind: Any) -> str:
    if isinstance(kind, list):
        return " | ".join(_of_kind(schema, each) for each in kind)
    if kind == "array":
        return f"Array<{_type(schema.get('items', {}))}>"
    return _object(schema) if kind == "object" else _PLAIN.get(str(kind), "unknown")


def _object(schema: Mapping[str, Any]) -> str:
    needed = set(schema.get("required", ()))
    fields = [
        f"{_key(name)}{'' if name in needed else '?'}: {_type(each)}"
        for name, each in schema.get("properties", {}).items()
    ]
    more = schema.get("additionalProperties", not fields)
    open_ = (
        "Record<string, unknown>" if more is True or more == {} else f"Record<string, {_type(more)}>" if more else ""
    )
    closed = f"{{ {'; '.join(fields)} }}" if fields else ""
    return " & ".join(part for part in (closed, open_) if part) or "Record<string, never>"


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _key(name: str) -> str:
    return name if _WORD.fullmatch(name) else _literal(name)


def _name(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_")
