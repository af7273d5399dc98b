import { address } from '../api/client'
import type { Asset } from '../api/types'

/** Return where the bytes of an asset are. */
export const content = (asset: Pick<Asset, 'id'>, query: Record<string, string> = {}) => address(`/assets/${asset.id}/content`, query)

/** Return where a smaller picture of an asset is, else the picture itself; null where there is nothing to see. */
export function picture(asset: Asset, side: '320' | '1024'): string | null {
  const made = side === '320' ? asset.urls?.small : asset.urls?.medium
  if (made) return made
  if (asset.small) return address(`/assets/${asset.id}/thumb/${side}`)
  return asset.media === 'image' ? (asset.urls?.content ?? content(asset)) : null
}
