import type { Fault, Schema, Values } from '../api/types'
import { readable } from '../ui/words'

/** Tell a JSON object from everything else. */
export const isObject = (value: unknown): value is Record<string, any> => !!value && typeof value === 'object' && !Array.isArray(value)

/** Tell whether a value says nothing. */
export const blank = (value: unknown) => value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)

/** Follow a local reference, and read "T or nothing" as T; the root is where references point. */
export function resolve(schema: Schema | undefined, root: Schema = schema ?? {}): Schema {
  if (!schema) return {}
  let found = schema
  for (let depth = 0; typeof found.$ref === 'string' && depth < 16; depth++) {
    const target = content(root, found.$ref.replace(/^#/, ''))
    const { $ref: _, ...own } = found
    found = { ...(isObject(target) ? target : {}), ...own }
  }
  for (const word of ['anyOf', 'oneOf'] as const) {
    const some = (found[word] as Schema[] | undefined)?.filter(each => each.type !== 'null')
    if (some?.length === 1 && some[0] && found[word].length > 1) {
      const { [word]: _, ...own } = found
      return resolve({ ...some[0], ...own }, root)
    }
  }
  return found
}

/* pointers */

const escape = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1')
const unescape = (key: string) => key.replaceAll('~1', '/').replaceAll('~0', '~')

/** Return the pointer of a key under a pointer. */
export const under = (path: string, key: string | number) => `${path}/${escape(String(key))}`

/** Return the keys of a pointer. */
export const keys = (path: string) => path.split('/').slice(1).map(unescape)

/** Return what stands at a pointer. */
export const content = (data: unknown, path: string): unknown => keys(path).reduce<unknown>((at, key) => (at !== null && typeof at === 'object' ? (at as Record<string, unknown>)[key] : undefined), data)

/* what the server says against a value */

/** Write the path of an error as a pointer: "/a/b", "a.b", "params.a" and "body.params.a" all name a field. */
export function pointer(path: string, roots: string[] = ['body', 'params', 'settings', 'inputs', 'response']): string {
  const parts = path.startsWith('/') ? keys(path) : path.replace(/\[(\w+)\]/g, '.$1').split('.').filter(Boolean)
  while (parts.length > 1 && roots.includes(parts[0] ?? '')) parts.shift()
  return parts.map(part => `/${escape(part)}`).join('')
}

/** Return what is said of a field itself, and of what lies under it. */
export function said(errors: Fault[], path: string, deep = false): string[] {
  return errors.filter(each => {
    const at = pointer(each.path)
    return at === path || (deep && at.startsWith(`${path}/`))
  }).map(each => each.message)
}

/** Return the errors that no field of a form will show. */
export function homeless(errors: Fault[], schema: Schema): Fault[] {
  return errors.filter(each => !((keys(pointer(each.path))[0] ?? '') in (schema.properties ?? {})))
}

/* forms */

export type Option = { value: unknown; title: string; note?: string }

/** Return the fixed choices of a field; null where it has none. */
export function options(schema: Schema): Option[] | null {
  if (Array.isArray(schema.enum)) return schema.enum.map(value => ({ value, title: schema['x-titles']?.[String(value)] ?? String(value) }))
  const branches = (schema.oneOf ?? schema.anyOf) as Schema[] | undefined
  if (branches?.length && branches.every(each => 'const' in each)) return branches.map(each => ({ value: each.const, title: each.title ?? String(each.const), note: each.description }))
  return null
}

const KNOWN = new Set(['text', 'textarea', 'prompt', 'password', 'number', 'slider', 'seed', 'segmented', 'select', 'combobox', 'switch', 'tags', 'count', 'color', 'size', 'asset', 'assets', 'json', 'code', 'date', 'url', 'money'])
const FORMATS: Record<string, string> = { uri: 'url', date: 'date', color: 'color', password: 'password' }

/** Choose how a field is asked for. The groups `form`, `rows`, `branch` and `several` are made of other fields. */
export function widget(schema: Schema): string {
  const asked = schema['x-widget']
  if (schema['x-schema']) return 'remote'
  // A mask is a file too, that can be painted.
  if (asked === 'mask') return 'asset'
  // Where a schema says what is inside, its fields are better than its JSON.
  const open = asked === 'json' && (schema.properties || schema.items?.properties || schema.oneOf || schema.anyOf)
  if (KNOWN.has(asked) && !open && !(asked === 'tags' && options(schema.items ?? {}))) return asked
  if (asked === 'range') return 'slider'
  if (options(schema)) return 'select'
  if (schema.const !== undefined) return 'constant'
  if ((schema.oneOf ?? schema.anyOf)?.every?.((each: Schema) => each.properties || each.$ref)) return 'branch'
  if (schema.type === 'boolean') return 'switch'
  if (schema.type === 'integer' || schema.type === 'number') return 'number'
  if (schema.type === 'array') return listWidget(schema)
  if (schema.type === 'object' && schema.properties) return 'form'
  if (schema.type === 'string') return schema.writeOnly ? 'password' : (FORMATS[schema.format] ?? ((schema.maxLength ?? 0) > 500 ? 'textarea' : 'text'))
  return 'json'
}

function listWidget(schema: Schema): string {
  const items: Schema = schema.items ?? {}
  if (options(items)) return 'several'
  if (items['x-widget'] === 'asset') return 'assets'
  if (items.type === 'string') return 'tags'
  return items.properties ? 'rows' : 'json'
}

/** Return the values that a form starts with. */
export function defaults(schema: Schema, given: Values = {}): Values {
  const made: Values = {}
  for (const [key, raw] of Object.entries(schema.properties ?? {})) {
    const own = resolve(raw as Schema, schema)
    if (own.default !== undefined) made[key] = structuredClone(own.default)
    else if (own.const !== undefined) made[key] = own.const
    else if (own.type === 'object' && own.properties) made[key] = defaults({ ...own, $defs: own.$defs ?? schema.$defs })
  }
  return { ...made, ...plain(given) }
}

/** Copy values out of whatever watches them. */
export const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value ?? null)) as T

/** Carry values over to another schema: what was touched stays, what was left at its default follows the new one. */
export function carry(value: Values, from: Schema, to: Schema): Values {
  const before = defaults(from)
  const made = defaults(to)
  for (const [key, raw] of Object.entries(to.properties ?? {})) {
    const own = resolve(raw as Schema, to)
    if (blank(value[key]) || same(value[key], before[key])) continue
    const choices = options(own)
    if (choices && widget(own) !== 'combobox' && !choices.some(each => same(each.value, value[key]))) continue
    made[key] = within(value[key], own)
  }
  return plain(made)
}

function within(value: unknown, schema: Schema): unknown {
  if (typeof value !== 'number') return value
  return Math.min(schema.maximum ?? value, Math.max(schema.minimum ?? value, value))
}

/** Tell whether two JSON values are equal. */
export const same = (one: unknown, other: unknown) => one === other || JSON.stringify(one) === JSON.stringify(other)

/** Tell whether a field is shown, by the values of others. */
export function visible(schema: Schema, value: Values): boolean {
  const when = schema['x-visible'] as Record<string, unknown> | undefined
  if (!isObject(when)) return when !== false
  return Object.entries(when).every(([key, want]) => (Array.isArray(want) ? want.some(each => same(each, value[key])) : same(want, value[key])))
}

export type Group = { group: string; collapsed?: boolean; rows: string[][] }
export type Row = string[] | Group
const isGroup = (row: Row): row is Group => !Array.isArray(row)

/** Return the rows of a form: those that the schema lays out, then every field that it does not name. */
export function layout(schema: Schema): Row[] {
  const all = Object.keys(schema.properties ?? {})
  const known = (row: string[]) => row.filter(key => all.includes(key))
  const rows: Row[] = ((schema['x-layout'] ?? []) as (Row | string)[]).map(row => (typeof row === 'string' ? known([row]) : isGroup(row) ? { ...row, rows: row.rows.map(each => known([each].flat())).filter(each => each.length) } : known(row)))
  const named = new Set(rows.flatMap(row => (isGroup(row) ? row.rows.flat() : row)))
  const rest = all.filter(key => !named.has(key))
  const groups = new Map<string, string[][]>()
  for (const key of rest) {
    const own = schema.properties[key] as Schema
    const group = own['x-group'] ?? (own['x-advanced'] ? 'More' : '')
    groups.set(group, [...(groups.get(group) ?? []), [key]])
  }
  for (const [group, some] of groups) {
    if (!group) rows.push(...some)
    else {
      const known = rows.find((row): row is Group => isGroup(row) && row.group === group)
      if (known) known.rows = [...known.rows, ...some]
      else rows.push({ group, collapsed: group === 'More', rows: some })
    }
  }
  return rows.filter(row => (isGroup(row) ? row.rows.length : row.length))
}

/** Return a schema with some of its fields only, laid out as before. */
export function only(schema: Schema, wanted: (key: string, own: Schema) => boolean): Schema {
  const properties = Object.fromEntries(Object.entries((schema.properties ?? {}) as Record<string, Schema>).filter(([key, own]) => wanted(key, resolve(own, schema))))
  return { ...schema, properties, required: (schema.required ?? []).filter((key: string) => key in properties) }
}

/** Return the field that a form is about: its prompt, or the first long text. */
export function lead(schema: Schema): string | null {
  const fields = layout(schema).flatMap(row => (isGroup(row) ? [] : row))
  return fields.find(key => widget(resolve(schema.properties[key], schema)) === 'prompt') ?? fields.find(key => widget(resolve(schema.properties[key], schema)) === 'textarea') ?? null
}

/** Say a value as it is read on a chip. */
export function spoken(key: string, schema: Schema, value: unknown): string {
  if (blank(value) || value === false) return ''
  const name = schema.title ?? readable(key)
  const choice = options(schema)?.find(each => same(each.value, value))
  if (choice) return schema['x-common'] || choice.title.length > 5 ? choice.title : `${name} ${choice.title}`
  if (value === true) return name
  if (Array.isArray(value)) return `${name}: ${value.length}`
  if (isObject(value)) return ''
  if (widget(schema) === 'seed' && value === -1) return 'Random seed'
  if (widget(schema) === 'count') return value === 1 ? '' : `${String(value)} at once`
  if (widget(schema) === 'money') return `${name} $${Number(value) / 1e6}`
  const unit = schema['x-unit'] ? ` ${schema['x-unit']}` : ''
  return typeof value === 'number' || String(value).length < 5 ? `${name} ${String(value)}${unit}` : String(value).length > 28 ? `${String(value).slice(0, 27)}…` : `${value}${unit}`
}

const QUIET = new Set(['remote', 'prompt', 'textarea', 'password', 'json', 'code', 'asset', 'assets', 'form', 'rows', 'branch', 'constant'])
const MOST_CHIPS = 6

/** Return the settings that are worth reading at a glance. */
export function summary(schema: Schema, value: Values): string[] {
  const first = layout(schema).flatMap(row => (isGroup(row) ? [] : row)).filter(key => !QUIET.has(widget(resolve(schema.properties[key], schema))))
  const wanted: string[] = schema['x-summary'] ?? first
  const touched = Object.keys(schema.properties ?? {}).filter(key => !wanted.includes(key) && !blank(value[key]) && !same(value[key], schema.properties[key].default) && !QUIET.has(widget(resolve(schema.properties[key], schema))))
  const keys = [...wanted, ...touched].filter(key => schema.properties?.[key] && visible(schema.properties[key], value))
  const sized = typeof value.width === 'number' && typeof value.height === 'number' && keys.includes('width') && keys.includes('height')
  const shown = keys.filter(key => !(sized && key === 'height'))
  return [...new Set(shown.map(key => (sized && key === 'width' ? `${String(value.width)} × ${String(value.height)}` : chip(key))).filter(Boolean))].slice(0, MOST_CHIPS)

  function chip(key: string) {
    return spoken(key, resolve(schema.properties[key], schema), value[key])
  }
}

/** Return what to send: no empty words, nothing hidden. */
export function payload(schema: Schema, value: Values): Values {
  const sent: Values = {}
  for (const [key, raw] of Object.entries(schema.properties ?? {})) {
    const own = resolve(raw as Schema, schema)
    const given = value[key]
    if (!visible(own, value) || given === undefined || given === null) continue
    if (given === '' && (own.default === undefined || own.default !== '') && !(schema.required ?? []).includes(key)) continue
    if (Array.isArray(given) && given.length === 0 && own.default === undefined) continue
    const inner = isObject(given) && own.properties ? payload({ ...own, $defs: own.$defs ?? schema.$defs }, given) : plain(given)
    if (isObject(inner) && own.properties && !Object.keys(inner).length && !(schema.required ?? []).includes(key)) continue
    sent[key] = inner
  }
  if (schema.additionalProperties !== false) for (const key of Object.keys(value)) if (!(key in (schema.properties ?? {})) && value[key] !== undefined) sent[key] = plain(value[key])
  return sent
}

/** Return the required fields that are still empty. */
export function missing(schema: Schema, value: Values, held: string[] = []): string[] {
  return ((schema.required ?? []) as string[]).filter(key => {
    const own = resolve(schema.properties?.[key], schema)
    return visible(own, value) && blank(value[key]) && !held.includes(key)
  })
}
