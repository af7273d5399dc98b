import { get } from '../../api/client'
import type { Action, Listing, Preset, Values } from '../../api/types'
import { lead, only } from '../../schema/core'

/** What can be asked for: an action, or a preset that chooses among several. */
export type Offer = Action & { preset?: string; leads?: boolean }

const ORDER = ['image', 'video', 'audio', 'text', 'document']

let ahead: Promise<Offer[]> | undefined

/** Begin to read what can be made, for who will ask in a moment. */
export function prepare() {
  ahead ??= read()
  ahead.catch(() => undefined)
}

/** Return what can be made, by what it makes; what an account is missing for comes last. */
export function offers(): Promise<Offer[]> {
  const found = ahead ?? read()
  ahead = undefined
  return found
}

async function read(): Promise<Offer[]> {
  const [actions, presets] = await Promise.all([get<Listing<Action>>('/actions'), get<Listing<Preset>>('/presets')])
  const made: Offer[] = actions.items.filter(each => !each.composite && each.produces !== 'data')
  const rank = new Map(made.map(each => [each, ORDER.indexOf(each.produces) * 4 + (each.ready ? 0 : 2) + (starts(each) ? 0 : 1)]))
  return [...made.sort((a, b) => rank.get(a)! - rank.get(b)!), ...presets.items.flatMap(each => chosen(each, made))]
}

// A preset is asked for what the first candidate that can serve takes; whatever else serves is given the nearest to it.
function chosen(preset: Preset, actions: Offer[]): Offer[] {
  const able = preset.candidates.flatMap(entry => actions.find(each => each.name === entry.action && each.ready) ?? [])
  const first = preset.strategy === 'sequential' ? actions.find(each => each.name === preset.candidates[0]?.action) : able[0]
  if (!preset.enabled || !first || !able.length) return []
  const fixed = preset.candidates.find(each => each.action === first.name)?.params ?? {}
  const schema = only(first.schema, key => !(key in fixed))
  for (const [key, value] of Object.entries(preset.defaults)) if (schema.properties[key]) schema.properties[key] = { ...schema.properties[key], default: value }
  return [{ ...first, name: preset.id, preset: preset.id, title: preset.title, summary: preset.description, by: 'Preset', provider: '', produces: preset.media, free: able.every(each => each.free), schema, examples: [], leads: preset.origin === 'user' && preset.priority > 0 }]
}

/** Return the body that asks for something with some parameters. */
export const wanted = (offer: Pick<Offer, 'name' | 'preset'>, params: Values): Values => ({ ...(offer.preset ? { preset: offer.preset } : { action: offer.name }), params })

/** Tell whether an action can start from words alone. */
export const starts = (offer: Action) => lead(offer.schema) !== null && !((offer.schema.required ?? []) as string[]).some(key => key in offer.accepts)
