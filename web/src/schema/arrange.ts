import type { Schema, Values } from '../api/types'
import { blank, content, resolve, widget } from './core'

const WIDE = new Set(['remote', 'textarea', 'prompt', 'json', 'code', 'assets', 'asset', 'rows', 'form', 'branch', 'tags'])

/** Part a row so that every wide field has the whole width; assets may stand side by side. */
export function parted(row: string[], schema: Schema): string[][] {
  const made: string[][] = []
  let before = ''
  for (const key of row) {
    const kind = widget(resolve(schema.properties[key], schema))
    const sort = kind === 'asset' || kind === 'assets' ? 'media' : WIDE.has(kind) ? '' : 'narrow'
    if (sort && sort === before) made.at(-1)?.push(key)
    else made.push([key])
    before = sort
  }
  return made
}

/** Put rows of one narrow field each together, so that a long list of dials takes less room. */
export function packed(rows: string[][], schema: Schema): string[][] {
  const made: string[][] = []
  let open = false
  for (const row of rows) {
    const narrow = row.length === 1 && !WIDE.has(widget(resolve(schema.properties[row[0] ?? ''], schema)))
    if (narrow && open) made.at(-1)?.push(...row)
    else made.push([...row])
    open = narrow
  }
  return made
}

/** Fill an address whose `{words}` name other values, `{a.0.b}` one further in; nothing while one of them is empty. */
export function filled(href: string, all: Values): string {
  let empty = false
  const made = href.replace(/\{([\w.]+)\}/g, (_, name: string) => {
    const found = content(all, `/${name.replaceAll('.', '/')}`)
    empty ||= blank(found)
    return encodeURIComponent(String(found ?? ''))
  })
  return empty ? '' : made
}

/** Write a pattern for a field of the browser: there it has to fit the whole text, in a schema any part of it. */
export function whole(pattern: string | undefined): string | undefined {
  if (pattern === undefined) return undefined
  const [head, tail] = [pattern.startsWith('^'), /(?<!\\)\$$/.test(pattern)]
  return `${head ? '' : '.*'}(?:${pattern.slice(head ? 1 : 0, tail ? -1 : undefined)})${tail ? '' : '.*'}`
}
