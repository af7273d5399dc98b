import type { Asset, Schema } from '../api/types'
import { readable } from '../ui/words'
import { isObject, keys, resolve, under } from './core'

const typeOf = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)

/** Choose the branch of a schema that a value belongs to. */
export function pick(schema: Schema | undefined, value: unknown, root: Schema = schema ?? {}): Schema {
  const found = resolve(schema, root)
  const branches = (found.oneOf ?? found.anyOf) as Schema[] | undefined
  if (!branches) return found
  const fits = branches.map(each => resolve(each, root)).filter(each => !each.type || each.type === typeOf(value) || (each.type === 'integer' && Number.isInteger(value)))
  const tagged = fits.find(each => isObject(value) && Object.entries(each.properties ?? {}).some(([key, own]) => (own as Schema).const !== undefined && (own as Schema).const === value[key]))
  const { oneOf: _one, anyOf: _any, ...own } = found
  return { ...pick(tagged ?? fits[0], value, root), ...own }
}

/** Return the schema under a key or an index. */
export function child(schema: Schema, key: string, root: Schema = schema): Schema {
  const own = schema.properties?.[key] ?? (Array.isArray(schema.prefixItems) ? schema.prefixItems[Number(key)] : undefined) ?? schema.items ?? schema.additionalProperties
  return isObject(own) ? resolve(own, root) : {}
}

/** Name a node: a schema's own words are made readable, a user's keys are shown as they are. */
export function label(key: string, schema: Schema, parent: Schema = {}): string {
  if (schema.title) return schema.title
  return parent.properties && key in parent.properties ? readable(key) : key
}

/** Return the asset that a value stands for: as the server describes one, or as data names one; else null. */
export function asAsset(value: unknown): Asset | null {
  if (!isObject(value)) return null
  const id = typeof value.asset_id === 'string' ? value.asset_id : typeof value.id === 'string' && ('media' in value || 'mime' in value) ? value.id : null
  if (!id?.startsWith('asset_')) return null
  const mime: string = value.mime ?? (String(value.media_type ?? '').includes('/') ? value.media_type : '')
  const media: string = value.media ?? (mime ? kindOf(mime) : (value.media_type ?? 'image'))
  return { ...(value as Asset), id, media, mime }
}

const kindOf = (mime: string) => ['image', 'video', 'audio'].find(each => mime.startsWith(`${each}/`)) ?? (mime.startsWith('text/') ? 'text' : 'document')

/** Choose how a value is drawn. */
export function display(schema: Schema, value: unknown): string {
  const asked = schema['x-display']
  if (typeof asked === 'string') return asked
  if (asAsset(value)) return 'media'
  if (Array.isArray(value)) return value.length && value.every(asAsset) ? 'media' : value.length && value.every(isObject) ? 'table' : 'list'
  if (isObject(value)) return 'fields'
  if (schema.contentMediaType === 'text/markdown') return 'markdown'
  if (schema.contentMediaType === 'application/json') return 'json'
  if (schema.format === 'date-time') return 'date'
  if (schema.format === 'uri') return 'link'
  return 'prose'
}

export type Node = { key: string; value: unknown; schema: Schema; path: string; title: string }

/** Return the children of a value, in the order that its schema asks for. */
export function nodes(value: unknown, schema: Schema, path: string, root: Schema): Node[] {
  if (value === null || typeof value !== 'object') return []
  const entries: [string, unknown][] = Array.isArray(value) ? value.map((each, at) => [String(at), each]) : Object.entries(value)
  const first = (schema['x-order'] ?? []) as string[]
  const rank = (key: string) => (first.includes(key) ? first.indexOf(key) : first.length)
  return entries.toSorted(([one], [other]) => rank(one) - rank(other)).map(([key, each]) => {
    const own = pick(child(schema, key, root), each, root)
    return { key, value: each, schema: own, path: under(path, key), title: label(key, own, schema) }
  }).filter(each => display(each.schema, each.value) !== 'hidden')
}

/** Return each place of some data that a pattern names, in order. */
export function places(pattern: string, data: unknown): { path: string; vars: Record<string, string> }[] {
  const walk = (parts: string[], at: unknown, path: string, vars: Record<string, string>): { path: string; vars: Record<string, string> }[] => {
    const [part, ...rest] = parts
    if (part === undefined) return [{ path, vars }]
    if (at === null || typeof at !== 'object') return []
    const name = /^\{\s*(\w+)\s*\}$/.exec(part)?.[1]
    return Object.entries(at as object).flatMap(([key, value]) => (name || key === part ? walk(rest, value, under(path, key), name ? { ...vars, [name]: key } : vars) : []))
  }
  return walk(keys(pattern), data, '', {})
}
