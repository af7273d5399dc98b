/** What the server answers, as far as the pages read it. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
export type Values = Record<string, unknown>
export type Schema = Record<string, any>

export type Fault = { path: string; message: string; allowed?: unknown[] }
export type Trouble = { code?: string; title?: string; detail?: string; hint?: string; errors?: Fault[]; provider_error?: unknown }

export type Asset = {
  id: string
  media: string
  mime: string
  size?: number
  name?: string
  width?: number | null
  height?: number | null
  duration_ms?: number | null
  pages?: number | null
  thumbhash?: string | null
  seed?: number | null
  job?: string | null
  index?: number
  notes?: Values
  /** What its provider says of it, for people to read. */
  remarks?: { title: string; text: string }[]
  created_at?: number
  prompt?: string | null
  action?: string | null
  provider?: string | null
  /** Known from the event log: a small picture is there. */
  small?: boolean
  urls?: { content: string; small: string | null; medium: string | null }
}

/** What a file cost, in micro-USD, with all that was paid to get it. */
export type AssetCost = { own: number; full: number; parts: { kind: 'made' | 'failed' | 'variants' | 'input'; id: string; cost: number; source: string | null }[] }

export type Progress = { phase: string; fraction: number | null; message: string; elapsed_ms: number; preview?: string | null; text?: string | null }
export type JobState = 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled'
export type Attempt = {
  id: string
  number: number
  action: string
  account: string
  provider: string
  model: string | null
  state: string
  error: Trouble | null
  estimate: number
  cost: number | null
  sent_at: number | null
  accepted_at: number | null
  ended_at: number | null
  late: boolean
}
export type Job = {
  id: string
  action: string
  produces: string
  state: JobState
  params: Values
  assets: Asset[]
  subject?: string | null
  interaction?: string | null
  parent?: string | null
  source?: Values | null
  warnings?: { field: string; asked: unknown; used: unknown; why: string }[]
  waiting_for?: string | null
  wake_at?: number | null
  error?: Trouble | null
  cost?: { micro_usd: number } | number | null
  result?: Json
  attempts?: Attempt[]
  children?: string[]
  preset?: string | null
  /** What it came to, in the server's words. */
  outcome?: string | null
  tally?: { succeeded: number; failed: number; total: number } | null
  attention?: Values | null
  progress?: Progress | null
  created_at: number
  started_at?: number | null
  ended_at?: number | null
  as_of?: number | null
  /** Only the event log told of it: parameters and early assets are still to be read. */
  partial?: boolean
}

export type Example = { title: string; quality: string; params: Values; picture: string | null }
export type Action = {
  name: string
  title: string
  summary: string
  provider: string
  by: string
  ready: boolean
  produces: string
  schema: Schema
  accepts: Record<string, string[]>
  free: boolean
  phases?: Record<string, string>
  examples?: Example[]
  composite?: boolean
}
export type Provider = {
  name: string
  title: string
  summary: string
  keyless: boolean
  settings: Schema
  secrets: string[]
  media: string[]
  actions: string[]
  hooks: string[]
  accounts: { id: string; name: string; health: string }[]
  status: string
  imports?: { title: string; accept: string } | null
}
export type Price = { low: number; likely: number; high: number; source: string }
export type Estimate = { min: number; likely: number; max: number; currency: string; source?: string; known?: boolean; warnings?: Values[]; plan?: { action: string; account: string; price: Price | null }[] }
export type Candidate = { action: string; account: string | null; params: Values; weight: number }
export type Preset = {
  id: string
  name: string
  title: string
  description: string
  media: string
  strategy: string
  candidates: Candidate[]
  defaults: Values
  priority: number
  enabled: boolean
  version: number
  origin: 'user' | 'shipped'
  warnings: Fault[]
}
export type PresetPlan = {
  version: number
  why: string
  candidates: { candidate: number; action: string; account: string; params: Values; price: Price | null; warnings: { field: string; asked: unknown; used: unknown; why: string }[]; figures: Values }[]
  left_out: { candidate: number; action: string; account: string | null; code: string; why: string }[]
  estimate: Estimate
  warnings: Fault[]
}
export type FollowUp = { action: string; title: string; field: string; provider: string; params: Values }
export type Listing<T> = { items: T[]; next?: string | null; as_of?: number | null }

export type Template = {
  id: string
  name: string
  title: string
  description: string
  category: string
  subcategory: string
  media: string
  base_prompt: string
  version: number
  origin: 'user' | 'shipped'
  resets: boolean
  /** The form of its values. */
  fields: Schema
  picture: string | null
  example: string
}

export type SubAction = {
  title: string
  pending_title?: string
  target: string
  action_type?: string
  key?: string
  param_schema: Record<string, Schema>
  param_defaults?: Record<string, Values>
  served_by?: Record<string, { provider_title: string; action?: string; note?: string | null }>
}
export type Select = { from: string; field: string; min: number; max: number; media?: string[] | null }
export type Interaction = {
  id: string
  job: string
  run: string
  workflow_title?: string | null
  step_title?: string | null
  title: string
  description?: string | null
  state: 'open' | 'answered' | 'expired' | 'cancelled'
  mode: 'active' | 'history'
  data: Json
  display_schema?: Schema
  sub_actions: Record<string, SubAction>
  results: Record<string, Job[]>
  select: Select | null
  response_schema?: Schema | null
  submit?: { title?: string }
  response?: Values | null
  answered_by?: string | null
  answered_at?: number | null
  deadline_at?: number | null
  created_at: number
  as_of?: number | null
}

export type StepBrief = { id: string; title: string; module_id?: string | null; kind?: string }
export type Workflow = {
  id: string
  name: string
  title: string
  description?: string
  version: number
  document: Json
  inputs?: Schema | null
  steps: StepBrief[]
  origin?: string
  created_at?: number
}
export type RunStep = StepBrief & {
  state: string
  job?: string | null
  interaction?: string | null
  result?: Json
  display?: Schema | null
  cost?: { micro_usd: number } | number | null
  started_at?: number | null
  ended_at?: number | null
  error?: Trouble | null
}
export type Run = {
  id: string
  workflow: string
  title: string
  version?: number
  state: JobState
  waiting_for?: string | null
  steps: RunStep[]
  cost?: { micro_usd: number } | number | null
  error?: Trouble | null
  created_at: number
  ended_at?: number | null
  as_of?: number | null
}
export type Budget = {
  id: string
  name: string
  scope: string
  title: string
  period: string
  amount: number
  mode: string
  unpriced: string
  enabled: boolean
  resets_at: number | null
  counters: { subject: string; reserved: number; spent: number; left: number }[]
}
export type Tried = { attempts: number; succeeded: number; failed: number; open: number; success_rate: number | null; p50_ms: number | null; p95_ms: number | null; wait_ms: number | null; spend: number }
export type Stats = {
  jobs: { day: string; succeeded: number; failed: number; cancelled: number; spend: number; tried: Tried | null }[]
  providers: (Tried & { provider: string; title: string })[]
  accounts: (Tried & { account: string; title: string })[]
  presets: { preset: string; title: string; jobs: number; succeeded: number; failed: number; success_rate: number | null; spend: number; tried: Tried | null }[]
  actions: (Tried & { action: string; title: string; count: number })[]
  queue: { queued: number; running: number; waiting: number }
  totals: { jobs: number; succeeded: number; failed: number; cancelled: number; success_rate: number | null; attempts: number; spend: number }
}
export type Drift = { provider: string; model: string | null; settled: number; estimated: number; spend: number; ratio: number | null; outside: number; reported: number; computed: number; guessed: number }
export type Session = { workspace: string; key: string | null; role: string; via: string }
export type LogEvent = { seq: number; job: string | null; type: string; at?: number; data: Record<string, any> }

export type ContentImage = {
  id: string
  kind: string
  anchor: number | null
  position: number
  prompt: string
  revised_prompt: string | null
  alt: string
  caption: string
  status: 'pending' | 'generating' | 'generated' | 'failed' | 'skipped'
  percent: number
  phase: string | null
  error: { detail?: string; hint?: string } | null
  asset: Asset | null
  job: string | null
  cost_micro_usd: number
}
export type RowAction = { key: string; label: string; icon: string; variant: string; method: string; path: string; body: Values; enabled: boolean; reason: string | null }
export type Content = {
  id: string
  title: string
  meta_title: string | null
  format: string
  featured_image: ContentImage | null
  in_article_images: ContentImage[]
  desktop_image: ContentImage | null
  mobile_image: ContentImage | null
  job: string | null
  percent: number
  phases: Record<string, string>
  message: string
  cost_micro_usd: number
  actions: RowAction[]
  created_at: number
}
export type Begun = { job: string; images: string[]; skipped: { image: string; detail: string }[]; message: string }
export type Conversation = { id: string; title: string; created_at: number; updated_at: number }
export type Message = { id: string; conversation: string; role: 'system' | 'user' | 'assistant' | 'tool'; text: string; job: Job | null; created_at: number }
