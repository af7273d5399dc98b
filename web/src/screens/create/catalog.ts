import { get } from '../../api/client'
import type { Action, Listing, Provider } from '../../api/types'
import { lead } from '../../schema/core'

export type Offer = Action & { by: string; ready: boolean }

const ORDER = ['image', 'video', 'audio', 'text', 'document']

/** Read what can be made, by what it makes; what an account is missing for comes last. */
export async function offers(): Promise<Offer[]> {
  const [actions, providers] = await Promise.all([get<Listing<Action>>('/actions'), get<Listing<Provider>>('/providers')])
  const known = new Map(providers.items.map(each => [each.name, each]))
  const made = actions.items.filter(each => !each.composite && each.produces !== 'data').map(each => {
    const provider = known.get(each.provider)
    return { ...each, by: provider?.title ?? each.provider, ready: provider ? provider.status !== 'no_account' : true }
  })
  const rank = (offer: Offer) => ORDER.indexOf(offer.produces) * 4 + (offer.ready ? 0 : 2) + (starts(offer) ? 0 : 1)
  return made.sort((a, b) => rank(a) - rank(b))
}

/** Tell whether an action can start from words alone. */
export const starts = (offer: Action) => lead(offer.schema) !== null && !((offer.schema.required ?? []) as string[]).some(key => key in offer.accepts)
