import { get } from '../../api/client'
import type { FollowUp, Listing, Values } from '../../api/types'
import type { Wish } from '../../ui/draft.svelte'
import type { Offer } from './catalog'

/** Return what another page wants to begin with, as an offer and its values; null where nothing can begin with it. */
export async function granted(wish: Wish, now: Offer, value: Values, known: ReadonlyMap<string, Offer>): Promise<{ offer: Offer; params: Values } | null> {
  if (!wish.reference) {
    const offer = wish.action ? known.get(wish.action) : now
    return offer ? { offer, params: wish.params ?? {} } : null
  }
  const { id, media } = wish.reference
  const field = Object.entries(now.accepts).find(([, some]) => some.includes(media))?.[0]
  if (field) {
    const many = now.schema.properties[field]?.type === 'array'
    return { offer: now, params: { ...value, [field]: many ? [...new Set([...((value[field] as string[] | undefined) ?? []), id])] : id } }
  }
  const follow = await get<Listing<FollowUp>>(`/assets/${id}/follow-ups`).catch(() => ({ items: [] as FollowUp[] }))
  const same = follow.items.find(each => known.get(each.action)?.provider === now.provider) ?? follow.items[0]
  const offer = same && known.get(same.action)
  return offer ? { offer, params: same.params } : null
}
