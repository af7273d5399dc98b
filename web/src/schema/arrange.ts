import type { Schema } from '../api/types'
import { resolve, widget } from './core'

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
