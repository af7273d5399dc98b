import { isObject } from '../../schema/core'

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
