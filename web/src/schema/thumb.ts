import { thumbHashToRGBA } from 'thumbhash'

const KEPT = 400
const known = new Map<string, string>()

/** Return the blurred ground of a picture as a data address; empty where the hash is none. */
export function ground(hash: string | null | undefined): string {
  if (!hash) return ''
  const old = known.get(hash)
  if (old !== undefined) return old
  let url = ''
  try {
    url = drawn(Uint8Array.from(atob(hash.replaceAll('-', '+').replaceAll('_', '/')), each => each.charCodeAt(0)))
  } catch {
    url = ''
  }
  if (known.size > KEPT) known.clear()
  known.set(hash, url)
  return url
}

// The browser packs a picture by itself: the packer of the package would be as large as the rest of it.
function drawn(hash: Uint8Array): string {
  const { w, h, rgba } = thumbHashToRGBA(hash)
  const canvas = document.createElement('canvas')
  canvas.width = w
  canvas.height = h
  canvas.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(rgba), w, h), 0, 0)
  return canvas.toDataURL()
}
