/** An account as the server tells of it. */
export type Account = {
  id: string
  provider: string
  name: string
  settings: Record<string, unknown>
  secrets: string[]
  enabled: boolean
  concurrency: number
  per_minute: number | null
  per_day: number | null
  timeout_s: number
  cooldown_until: number | null
  origin: string
  models: string[] | null
  state: string
  recovers_at: number | null
  headroom: Record<string, { limit: number | null; used: number; left: number | null }>
  health: { state: string; attempts: Record<string, number>; success_rate: number | null; latency_ms: number | null; spend: number }
}

/** How a proof of a connection went. */
export type Verdict = { success: boolean; error: Record<string, any> | null; latency_ms: number | null }

/** One model as its provider tells of it. */
export type Model = { id: string; title?: string; media?: string; retires_on?: string; replaced_by?: string }
/** What a model costs, and who says so. */
export type ModelPrice = { model: string; title: string; media: string | null; origin: string; rates: Record<string, string>; rules: { per: string; usd?: string; credits?: string }[]; source: string; checked_on: string }

type Tone = 'good' | 'warn' | 'bad' | 'muted'

const HEALTH: Record<string, [word: string, tone: Tone]> = {
  ok: ['Works', 'good'],
  failing: ['Fails', 'bad'],
  resting: ['Rests after a refusal', 'warn'],
  disabled: ['Switched off', 'muted'],
  untried: ['Not used today', 'muted'],
}
const STATUS: Record<string, [word: string, tone: Tone]> = {
  ready: ['Ready', 'good'],
  failing: ['Fails', 'bad'],
  no_account: ['Not set up', 'muted'],
}

/** Say how an account fares. */
export const health = (state: string) => HEALTH[state] ?? [state, 'muted']

/** Say how a provider fares. */
export const status = (state: string) => STATUS[state] ?? [state, 'muted']

/** What bounds an account, whatever its provider. */
export const LIMITS = {
  type: 'object',
  'x-layout': [['name'], { group: 'Limits', collapsed: true, rows: [['concurrency', 'timeout_s'], ['per_minute', 'per_day']] }],
  properties: {
    name: { type: 'string', title: 'Name', description: 'To tell it from others of the same provider.', maxLength: 128, 'x-widget': 'text' },
    concurrency: { type: 'integer', title: 'At once', description: 'How many tries may run together.', minimum: 1, maximum: 10_000, 'x-widget': 'number' },
    timeout_s: { type: 'integer', title: 'Patience', description: 'Without a sign of progress for so long, a try is given up.', minimum: 1, maximum: 1_000_000, 'x-unit': 's', 'x-widget': 'number' },
    per_minute: { type: 'integer', title: 'A minute', description: 'Empty: no limit.', minimum: 1, 'x-widget': 'number' },
    per_day: { type: 'integer', title: 'A day', description: 'Empty: no limit.', minimum: 1, 'x-widget': 'number' },
  },
}
