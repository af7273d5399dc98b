import type { Json } from '../../api/types'
import { isObject, keys } from '../../schema/core'

export type Read = { document: Json | null; fault: string }

/** Read a document that is written in JSON or YAML. */
export async function read(text: string): Promise<Read> {
  if (!text.trim()) return { document: null, fault: 'The document is empty.' }
  try {
    const document = text.trimStart().startsWith('{') ? (JSON.parse(text) as Json) : ((await import('./yaml')).load(text) as Json)
    return isObject(document) ? { document, fault: '' } : { document: null, fault: 'The document has to be an object with a name and steps.' }
  } catch (thrown) {
    return { document: null, fault: thrown instanceof Error ? thrown.message : 'The document cannot be read.' }
  }
}

/** Write a document in JSON or YAML. */
export async function write(document: Json, as: string): Promise<string> {
  if (as === 'json') return `${JSON.stringify(document, null, 2)}\n`
  return (await import('./yaml')).dump(document, { lineWidth: 100, noRefs: true })
}

/** Guess where in a text a pointer leads: after each key in turn, and for a place in a list after as many `id`s. */
export function locate(text: string, path: string): number {
  let at = 0
  for (const key of keys(path)) {
    const number = /^\d+$/.test(key)
    const pattern = new RegExp(`(^|[\\s{,-])"?${number ? 'id' : key.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}"?\\s*:`, 'g')
    pattern.lastIndex = at
    for (let times = number ? Number(key) + 1 : 1; times > 0; times--) {
      const hit = pattern.exec(text)
      if (!hit) return at
      at = hit.index + (hit[1]?.length ?? 0)
    }
    if (number) at = Math.max(0, at)
  }
  return at
}

export type Brief = { title: string; of: string; path: string; inner: Brief[] }

/** Return the steps of a document as far as they can be told, for a preview. */
export function steps(document: unknown, path = '/steps'): Brief[] {
  const list = Array.isArray(document) ? document : isObject(document) && Array.isArray(document.steps) ? document.steps : []
  return (list as unknown[]).map((raw, at) => {
    const step = isObject(raw) ? raw : {}
    const branches = Array.isArray(step.parallel) ? (step.parallel as unknown[]) : []
    return {
      title: String(step.title ?? step.id ?? `Step ${at + 1}`),
      of: String(step.module_id ?? (branches.length ? 'in parallel' : '')),
      path: `${path}/${at}`,
      inner: branches.flatMap((branch, index) => steps(branch, `${path}/${at}/parallel/${index}`)),
    }
  })
}
