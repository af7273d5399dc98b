import { thumbHashToDataURL } from 'thumbhash'

const KEPT = 400
const known = new Map<string, string>()

/** Return the blurred ground of a picture as a data address; empty where the hash is none. */
export function ground(hash: string | null | undefined): string {
  if (!hash) return ''
  const old = known.get(hash)
  if (old !== undefined) return old
  let url = ''
  try {
    url = thumbHashToDataURL(Uint8Array.from(atob(hash.replaceAll('-', '+').replaceAll('_', '/')), each => each.charCodeAt(0)))
  } catch {
    url = ''
  }
  if (known.size > KEPT) known.clear()
  known.set(hash, url)
  return url
}
