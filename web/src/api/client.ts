import type { Fault, Trouble } from './types'

const ROOT = '/api/v1'

/** What the server, or the way to it, said against a call. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly hint: string
  readonly errors: Fault[]
  readonly body: Trouble & Record<string, unknown>

  constructor(status: number, body: Trouble & Record<string, unknown>) {
    super(body.detail || body.title || 'Something went wrong')
    this.status = status
    this.code = body.code ?? ''
    this.hint = body.hint ?? ''
    this.errors = body.errors ?? []
    this.body = body
  }
}

/** Turn whatever was thrown into something that can be shown. */
export function problem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown
  const said = thrown instanceof Error ? thrown.message : String(thrown)
  return new Problem(0, { code: 'page', detail: said, hint: 'Reload the page and try again.' })
}

type Query = Record<string, string | number | boolean | null | undefined>
type Options = { query?: Query; signal?: AbortSignal; headers?: Record<string, string> }

const refused = new Set<() => void>()

/** Be told when the server no longer knows who is asking. */
export function onSignedOut(hear: () => void) {
  refused.add(hear)
}

/** Write an address of the API with its query; empty words are left out. */
export function address(path: string, query: Query = {}): string {
  const words = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== null && value !== '') words.set(name, String(value))
  const text = words.toString()
  return `${path.startsWith('/api/') ? '' : ROOT}${path}${text ? `${path.includes('?') ? '&' : '?'}${text}` : ''}`
}

function csrf(): Record<string, string> {
  const word = /(?:^|;\s*)maquette_csrf=([^;]*)/.exec(document.cookie)?.[1]
  return word ? { 'x-csrf-token': decodeURIComponent(word) } : {}
}

async function send(method: string, path: string, body: BodyInit | undefined, headers: Record<string, string>, options: Options): Promise<Response> {
  const all = { accept: 'application/json', ...headers, ...(method === 'GET' ? {} : csrf()), ...options.headers }
  let answer: Response
  try {
    answer = await fetch(address(path, options.query), { method, body, headers: all, credentials: 'same-origin', signal: options.signal })
  } catch (thrown) {
    if (options.signal?.aborted) throw thrown
    throw new Problem(0, { code: 'unreachable', detail: 'The server does not answer.', hint: 'See that it runs; this page reconnects by itself.' })
  }
  if (answer.ok) return answer
  const said = await answer.json().catch(() => ({ title: answer.statusText, hint: '' }))
  if (answer.status === 401) for (const hear of refused) hear()
  throw new Problem(answer.status, said)
}

async function json<T>(method: string, path: string, body: unknown, options: Options): Promise<T> {
  const written = body === undefined ? undefined : JSON.stringify(body)
  const answer = await send(method, path, written, written === undefined ? {} : { 'content-type': 'application/json' }, options)
  return answer.status === 204 ? (undefined as T) : ((await answer.json()) as T)
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal) => json<T>('GET', path, undefined, { query, signal })
export const post = <T>(path: string, body?: unknown, options: Options = {}) => json<T>('POST', path, body, options)
export const put = <T>(path: string, body: unknown) => json<T>('PUT', path, body, {})
export const patch = <T>(path: string, body: unknown) => json<T>('PATCH', path, body, {})
export const remove = (path: string) => json<void>('DELETE', path, undefined, {})

/** Send a file as the multipart field `file`. */
export async function upload<T>(path: string, file: File, fields: Record<string, string> = {}): Promise<T> {
  const form = new FormData()
  form.set('file', file, file.name)
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  return (await send('POST', path, form, {}, {})).json() as Promise<T>
}

/** Read what is not JSON. */
export async function text(path: string): Promise<string> {
  return (await send('GET', path, undefined, { accept: '*/*' }, {})).text()
}

/** Make a word that lets a repeated request be told from a second one; works without a secure origin too. */
export function once(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), each => each.toString(16).padStart(2, '0')).join('')
}
