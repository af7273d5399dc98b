import type { Preset, Values } from '../../api/types'

/** What each medium is called, several of it. */
export const NOUNS: Record<string, string> = { image: 'Images', video: 'Videos', audio: 'Sounds', text: 'Texts', document: 'Documents' }
/** How each way to use the candidates is said in two words. */
export const STRATEGIES: Record<string, string> = { fallback: 'in order', weighted: 'by weight', adaptive: 'by results', ensemble: 'all at once', sequential: 'in sequence' }

const OWN = ['name', 'title', 'description', 'media', 'strategy', 'candidates', 'defaults', 'priority', 'enabled', 'pick', 'max_attempts', 'aggressive', 'on_moderation'] as const

/** Return what is written of a preset, without what the server adds. */
export const bodyOf = (preset: Preset): Values => Object.fromEntries(OWN.map(name => [name, (preset as unknown as Values)[name]]).filter(([, value]) => value !== null && value !== undefined))
