/**
 * A typed client of Maquette's HTTP API, in one file and without a dependency: copy it into your project.
 *
 * Written from docs/openapi.json; do not change it by hand.
 *
 *   const maquette = new Maquette('http://127.0.0.1:7878', key)
 *   const ask = { action: 'media.painter.txt2img', params: { prompt: 'a fox' } }
 *   const job = await maquette.jobs_create(ask, { wait: 30 })
 *
 * Every call that the server refuses throws a `Problem` with its `code` and a `hint` that says what to do.
 */

export type Fault = { path: string; message: string }

/** What the server, or the way to it, said against a call. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly hint: string
  readonly errors: Fault[]
  readonly body: Record<string, unknown>
  /** Seconds after which the same call may do. */
  readonly retryAfter: number | null

  constructor(status: number, body: Record<string, unknown>, retryAfter: number | null = null) {
    super(String(body.detail ?? body.title ?? 'Something went wrong'))
    this.status = status
    this.code = String(body.code ?? '')
    this.hint = String(body.hint ?? '')
    this.errors = (body.errors as Fault[] | undefined) ?? []
    this.body = body
    this.retryAfter = retryAfter
  }
}

export type Options = {
  /** Makes a repeat of the same request safe for 24 hours. */
  idempotencyKey?: string
  /** Seconds to wait for a finished job. */
  wait?: number
  signal?: AbortSignal
}

type Query = Record<string, unknown>

export type AccountAsk = { concurrency?: number | null; enabled?: boolean | null; models?: Array<string> | null; name?: string | null; per_day?: number | null; per_minute?: number | null; provider: string; settings?: Record<string, unknown>; timeout_s?: number | null }

export type AccountChange = { concurrency?: number | null; enabled?: boolean | null; models?: Array<string> | null; name?: string | null; per_day?: number | null; per_minute?: number | null; settings?: Record<string, unknown>; timeout_s?: number | null }

export type AccountEntry = { concurrency?: number; enabled?: boolean; models?: Array<string> | null; name: string; per_day?: number | null; per_minute?: number | null; provider: string; secrets?: Array<string>; settings?: Record<string, unknown>; timeout_s?: number }

export type AccountFigures = { account: string; attempts: number; cancelled: number; failed: number; open: number; p50_ms: number | null; p95_ms: number | null; spend: number; succeeded: number; success_rate: number | null; title: string; wait_ms: number | null }

export type AccountShape = { concurrency: number; cooldown_until: number | null; created_at: number; enabled: boolean; headroom: Record<string, RoomShape>; health: HealthShape; id: string; models: Array<string> | null; name: string; origin: string; per_day: number | null; per_minute: number | null; provider: string; recovers_at: number | null; secrets: Array<string>; settings: Record<string, unknown>; state: 'active' | 'inactive' | 'error' | 'rate_limited'; timeout_s: number; updated_at: number | null }

export type AccountTrial = { account?: string | null; concurrency?: number | null; enabled?: boolean | null; models?: Array<string> | null; name?: string | null; per_day?: number | null; per_minute?: number | null; provider: string; settings?: Record<string, unknown>; timeout_s?: number | null }

export type ActAsk = { account?: string | null; params?: Record<string, unknown>; path: string }

export type ActionFigures = { action: string; attempts: number; cancelled: number; count: number; failed: number; open: number; p50_ms: number | null; p95_ms: number | null; spend: number; succeeded: number; success_rate: number | null; title: string; wait_ms: number | null }

export type ActionShape = { accepts: Record<string, Array<'image' | 'video' | 'audio' | 'text' | 'document'>>; by: string; composite?: boolean; examples?: Array<ExampleShape>; free: boolean; name: string; phases?: Record<string, string>; produces: 'image' | 'video' | 'audio' | 'text' | 'document' | 'data'; provider: string; ready: boolean; schema: Record<string, unknown>; summary: string; title: string }

export type AssetCostShape = { asset: string; currency?: 'USD'; full: number; own: number; parts: Array<PartShape> }

export type AssetShape = { action: string | null; attempt: string | null; cost?: number | null; created_at: number; digest: string; duration_ms: number | null; height: number | null; id: string; index: number; job: string | null; media: 'image' | 'video' | 'audio' | 'text' | 'document'; mime: string; name: string; notes: Record<string, unknown>; pages: number | null; prompt: string | null; provider: string | null; remarks: Array<RemarkShape>; seed: number | null; size: number; source: 'model' | 'algorithm' | 'typeset' | 'unknown'; thumbhash: string | null; urls: AssetUrls; width: number | null }

export type AssetUrls = { content: string; medium: string | null; small: string | null }

export type AttemptShape = { accepted_at: number | null; account: string; action: string; cost: number | null; cost_amount: string | null; cost_source: string | null; ended_at: number | null; error: Record<string, unknown> | null; estimate: number; estimate_high?: number | null; estimate_low?: number | null; id: string; late: boolean; model: string | null; number: number; provider: string; sent_at: number | null; state: 'prepared' | 'sending' | 'accepted' | 'not_sent' | 'refused' | 'succeeded' | 'failed' | 'cancelled' | 'unknown' }

export type Attention = { account: string; attempt: string; money_at_stake: number; provider: string; reason: string; since: number | null }

export type BegunShape = { images: Array<string>; job: string; message: string; skipped: Array<PassedShape> }

export type BudgetAsk = { amount: number; currency?: 'USD'; enabled?: boolean; mode?: 'hard' | 'warning'; name: string; period?: 'day' | 'month' | 'total'; scope?: 'workspace' | 'key' | 'account' | 'provider' | 'preset' | 'run'; subject?: string | null; unpriced?: 'allow' | 'refuse' }

export type BudgetChange = { amount?: number | null; currency?: 'USD' | null; enabled?: boolean | null; mode?: 'hard' | 'warning' | null; name?: string | null; unpriced?: 'allow' | 'refuse' | null }

export type BudgetShape = { amount: number; counters: Array<CounterShape>; created_at: number; currency?: 'USD'; enabled: boolean; id: string; mode: 'hard' | 'warning'; name: string; period: 'day' | 'month' | 'total'; resets_at: number | null; scope: 'workspace' | 'key' | 'account' | 'provider' | 'preset' | 'run'; subject: string | null; title: string; unpriced: 'allow' | 'refuse'; updated_at: number | null }

export type CapabilityShape = { asyncOnly: boolean; maxResolution: Resolution; media: Array<'image' | 'video' | 'audio' | 'text' | 'document'>; supportsAudio: boolean; supportsImage: boolean; supportsVideo: boolean }

export type CheckShape = { document?: Record<string, unknown> | null; errors: Array<FaultShape>; valid: boolean; yaml?: string | null }

export type ColumnShape = { field: string | null; name: string }

export type ContentChange = { meta_title?: string | null; settings?: Record<string, unknown> | null; title?: string | null }

export type ContentCreate = { asset?: string | null; body?: string | null; format?: 'markdown' | 'html' | 'docx' | null; images?: Array<WishedImage> | null; legacy_id?: number | null; meta_title?: string | null; settings?: Record<string, unknown>; title?: string | null }

export type ContentShape = { actions: Array<RowAction>; as_of?: number | null; cost_micro_usd: number; created_at: number; desktop_image: ImageShape | null; featured_image: ImageShape | null; format: 'markdown' | 'html' | 'docx'; id: string; in_article_images: Array<ImageShape>; job: string | null; legacy_id: number | null; message: string; meta_title: string | null; mobile_image: ImageShape | null; percent: number; phases: Record<string, string>; settings: Record<string, unknown>; source: string; title: string; updated_at: number | null }

export type ContextShape = { context: Record<string, unknown> }

export type ConversationAsk = { title?: string }

export type ConversationChange = { title: string }

export type ConversationShape = { created_at: number; id: string; legacy_id: string | null; title: string; updated_at: number }

export type CostShape = { micro_usd: number }

export type CountShape = { count: number; newest: string | null }

export type CounterShape = { left: number; period: string; reserved: number; spent: number; subject: string }

export type Creation = { default_provider?: string | null; fallback_chain?: Array<string> }

export type DayShape = { cancelled: number; day: string; failed: number; spend: number; succeeded: number; tried: TriedShape | null }

export type DefinitionAsk = { account?: string | null; document: Record<string, unknown> | string; name: string; provider: string }

export type DefinitionEntry = { body: Record<string, unknown>; kind: 'graph' | 'workflow' | 'preset' | 'template' | 'wildcard'; name: string; provider?: string | null }

export type DefinitionShape = { actions: Array<string>; id: string; kind: string; name: string; provider: string | null; version: number }

export type Document = { accounts?: Array<AccountEntry>; definitions?: Array<DefinitionEntry>; image_generation?: ImageIntegration | null; made_by?: string; media_creation?: Creation | null; version?: 1 }

export type DoubtShape = { account: string; account_name: string; action: string; attempt: string; code: string; job: string; job_state: 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled'; model: string | null; money_at_stake: number; page: string | null; provider: string; reason: string; sent_at: number | null; since: number | null; subject: string | null; token: string; ways: Array<'resubmit' | 'attach' | 'give_up'> }

export type DriftListing = { days: number; items: Array<DriftShape> }

export type DriftShape = { computed: number; difference: number; estimated: number; guessed: number; model: string | null; outside: number; provider: string; ratio: number | null; reported: number; settled: number; spend: number }

export type Entry = { account?: string | null; action: string; params?: Record<string, unknown>; weight?: number }

export type EntryShape = { action: string; after: Record<string, unknown> | null; at: number; before: Record<string, unknown> | null; id: string; key: string | null; subject: string }

export type EstimateShape = { amount?: string | null; currency: 'USD'; known?: boolean; likely: number; max: number; min: number; plan?: Array<PlannedShape>; rate?: string | null; source: string; warnings?: Array<Record<string, unknown>> } & Record<string, unknown>

export type EventShape = { at?: number | null; data: Record<string, unknown>; job: string | null; seq: number; type: string }

export type ExampleShape = { params: Record<string, unknown>; picture: string | null; quality: string; title: string }

export type FaultShape = { column?: number | null; line?: number | null; message: string; path: string }

export type FilterShape = { name: string; settings_schema: Record<string, unknown>; title: string }

export type FindingShape = { faults: Array<string>; kept: boolean; note: string; rule: string }

export type FingerprintShape = { fingerprint: string }

export type FollowUpShape = { action: string; field: string; params: Record<string, unknown>; provider: string; title: string }

export type FormShape = { defaults: Record<string, unknown>; schema: Record<string, unknown>; served_by: ServedShape }

export type FunctionAsk = { arguments?: Record<string, unknown> | string }

export type FunctionShape = { assets: Array<maquette__api__shape_function__LinkShape>; cost_micro_usd?: number | null; error?: Record<string, unknown> | null; job: string; output: string; state: string; total: number; waiting_for?: string | null }

export type GenerateAsk = { account?: string | null; action?: string | null; media?: 'image' | 'video' | 'audio' | 'text' | 'document' | null; params?: Record<string, unknown>; preset?: string | null; strict?: boolean; template?: TemplateUse | null }

export type GoingShape = { asset: string; created_at: number; media: 'image' | 'video' | 'audio' | 'text' | 'document'; name: string; rule: number; size: number; why: string }

export type HealthAnswer = { database: string; engine: string; status: string; version: string }

export type HealthShape = { attempts: Record<string, number>; latency_ms: number | null; spend: number; state: 'ok' | 'failing' | 'resting' | 'disabled' | 'untried'; success_rate: number | null }

export type Housekeeping = { compress?: boolean; filters?: Array<Screen>; reuse?: 'seeded' | 'asked' | 'off'; reuse_days?: number; rules?: Array<Rule> }

export type ImageChange = { alt?: string | null; caption?: string | null; prompt?: string | null }

export type ImageIntegration = { desktop_enabled?: boolean; image_format?: 'webp' | 'jpg' | 'png'; image_type?: 'realistic' | 'artistic' | 'cartoon'; is_active?: boolean; max_in_article_images?: number; mobile_enabled?: boolean; model?: string | null; provider?: string }

export type ImageShape = { alt: string; anchor: number | null; asset: AssetShape | null; caption: string; cost_micro_usd: number; error: Record<string, unknown> | null; id: string; image_url: string | null; job: string | null; kind: 'featured' | 'in_article' | 'desktop' | 'mobile'; legacy_id: number | null; percent: number; phase: 'INIT' | 'PREP' | 'AI_CALL' | 'PARSE' | 'SAVE' | 'DONE' | null; position: number; prompt: string; revised_prompt: string | null; status: 'pending' | 'generating' | 'generated' | 'failed' | 'skipped'; updated_at: number | null }

export type ImagesAsk = { ids: Array<string | number>; only?: 'pending' | 'failed' | 'all'; settings?: Record<string, unknown> }

export type ImportAsk = { document: Record<string, unknown> | Array<unknown> }

export type ImportShape = { accept: string; title: string }

export type InteractionShape = { answered_at: number | null; answered_by: string | null; as_of?: number | null; created_at: number; data: unknown; deadline_at: number | null; description: string; display_schema: Record<string, unknown>; id: string; job: string; mode: 'active' | 'history'; operation: string | null; response: Record<string, unknown> | null; response_schema: Record<string, unknown>; results: Record<string, Array<ResultShape>>; run: string; select: SelectShape | null; state: 'open' | 'answered' | 'expired' | 'cancelled'; step_title: string | null; sub_actions: Record<string, SubActionShape>; submit: SubmitShape; title: string; workflow_title: string | null }

export type JobAsk = { account?: string | null; action?: string | null; cache?: boolean | null; interaction?: string | null; max_attempts?: number | null; media?: 'image' | 'video' | 'audio' | 'text' | 'document' | null; params?: Record<string, unknown>; preset?: string | null; priority?: number; source?: Record<string, unknown> | null; strict?: boolean; subject?: string | null; template?: TemplateUse | null }

export type JobShape = { action: string; as_of?: number | null; assets: Array<AssetShape>; attempts: Array<AttemptShape>; attention: Attention | null; cached_from?: string | null; children: Array<string>; cost: CostShape; created_at: number; ended_at: number | null; error: Record<string, unknown> | null; id: string; interaction: string | null; outcome: string | null; params: Record<string, unknown>; parent: string | null; preset: string | null; preset_version: number | null; produces: 'image' | 'video' | 'audio' | 'text' | 'document' | 'data'; reserved: number; result: unknown | null; source: unknown; started_at: number | null; state: 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled'; strategy: string | null; subject: string | null; tally: Tally | null; waiting_for: string | null; wake_at: number | null; warnings: Array<Record<string, unknown>> }

export type KeyAsk = { expires_at?: number | null; name: string; per_minute?: number | null; role: 'admin' | 'member' | 'viewer'; scopes?: Array<string> | null }

export type KeyShape = { created_at: number; created_by: string | null; expires_at: number | null; id: string; name: string; per_minute: number | null; role: 'admin' | 'member' | 'viewer'; scopes: Array<string> | null }

export type LedgerShape = { counters: number; mended: boolean; tallies: number }

export type LeftOutShape = { account: string | null; action: string; candidate: number; code: string; why: string }

export type LinesAsk = { lines: Array<string> }

export type ListAsk = { action: string; file?: string | null; params?: Record<string, unknown>; rows?: Array<Record<string, unknown>>; text?: string | null }

export type ListShape = { job: JobShape; rows: Array<RowShape> }

export type ListStart = { account?: string | null; action: string; at_once?: number; file?: string | null; params?: Record<string, unknown>; rows?: Array<Record<string, unknown>>; text?: string | null }

export type Listing_AccountShape = { as_of?: number | null; items: Array<AccountShape>; next?: string | null }

export type Listing_ActionShape = { as_of?: number | null; items: Array<ActionShape>; next?: string | null }

export type Listing_AssetShape = { as_of?: number | null; items: Array<AssetShape>; next?: string | null }

export type Listing_BudgetShape = { as_of?: number | null; items: Array<BudgetShape>; next?: string | null }

export type Listing_ContentShape = { as_of?: number | null; items: Array<ContentShape>; next?: string | null }

export type Listing_ConversationShape = { as_of?: number | null; items: Array<ConversationShape>; next?: string | null }

export type Listing_DefinitionShape = { as_of?: number | null; items: Array<DefinitionShape>; next?: string | null }

export type Listing_DoubtShape = { as_of?: number | null; items: Array<DoubtShape>; next?: string | null }

export type Listing_EntryShape = { as_of?: number | null; items: Array<EntryShape>; next?: string | null }

export type Listing_FilterShape = { as_of?: number | null; items: Array<FilterShape>; next?: string | null }

export type Listing_FindingShape = { as_of?: number | null; items: Array<FindingShape>; next?: string | null }

export type Listing_FollowUpShape = { as_of?: number | null; items: Array<FollowUpShape>; next?: string | null }

export type Listing_ImportedShape = { as_of?: number | null; items: Array<maquette__api__shape_conversation__ImportedShape>; next?: string | null }

export type Listing_InteractionShape = { as_of?: number | null; items: Array<InteractionShape>; next?: string | null }

export type Listing_JobShape = { as_of?: number | null; items: Array<JobShape>; next?: string | null }

export type Listing_KeyShape = { as_of?: number | null; items: Array<KeyShape>; next?: string | null }

export type Listing_MessageShape = { as_of?: number | null; items: Array<MessageShape>; next?: string | null }

export type Listing_OfferShape = { as_of?: number | null; items: Array<OfferShape>; next?: string | null }

export type Listing_PresetShape = { as_of?: number | null; items: Array<PresetShape>; next?: string | null }

export type Listing_PriceShape = { as_of?: number | null; items: Array<PriceShape>; next?: string | null }

export type Listing_ProviderShape = { as_of?: number | null; items: Array<ProviderShape>; next?: string | null }

export type Listing_RunShape = { as_of?: number | null; items: Array<RunShape>; next?: string | null }

export type Listing_StyleShape = { as_of?: number | null; items: Array<StyleShape>; next?: string | null }

export type Listing_TemplateShape = { as_of?: number | null; items: Array<TemplateShape>; next?: string | null }

export type Listing_WordlistShape = { as_of?: number | null; items: Array<WordlistShape>; next?: string | null }

export type Listing_WorkflowShape = { as_of?: number | null; items: Array<WorkflowShape>; next?: string | null }

export type Listing_WorkspaceShape = { as_of?: number | null; items: Array<WorkspaceShape>; next?: string | null }

export type Listing_dict_str__Any = { as_of?: number | null; items: Array<Record<string, unknown>>; next?: string | null }

export type LogShape = { as_of: number; items: Array<EventShape> }

export type MessageAsk = { reply?: TargetAsk | null; role?: 'system' | 'user' | 'assistant' | 'tool'; text: string }

export type MessageShape = { conversation: string; created_at: number; id: string; job: JobShape | null; role: 'system' | 'user' | 'assistant' | 'tool'; text: string }

export type NewKey = { created_at: number; created_by: string | null; expires_at: number | null; id: string; name: string; per_minute: number | null; role: 'admin' | 'member' | 'viewer'; scopes: Array<string> | null; token: string }

export type NewWorkspace = { created_at: number; id: string; name: string; token: string }

export type OfferShape = { kind: string; provider: string; source: string; title: string }

export type Pack = { format?: 'maquette-templates'; lists?: Array<Wordlist>; templates?: Array<Template>; title?: string; version?: 1 }

export type PackAsk = { pack?: Record<string, unknown> | string | null; url?: string | null }

export type PartShape = { cost: number; id: string; kind: 'made' | 'failed' | 'variants' | 'input'; source: string | null }

export type PassedShape = { detail: string; image: string }

export type PlannedRowShape = { params: Record<string, unknown>; row: number; state: string; why: string | null }

export type PlannedShape = { account: string; action: string; price: Price | null }

export type Preset = { aggressive?: boolean; candidates: Array<Entry>; defaults?: Record<string, unknown>; description?: string; enabled?: boolean; max_attempts?: number | null; media: 'image' | 'video' | 'audio' | 'text' | 'document'; name?: string; on_moderation?: 'stop' | 'next'; pick?: 'person' | 'first' | 'all'; priority?: number; strategy?: 'fallback' | 'weighted' | 'ensemble' | 'sequential' | 'adaptive'; title: string }

export type PresetFigures = { cancelled: number; failed: number; jobs: number; preset: string; spend: number; succeeded: number; success_rate: number | null; title: string; tried: TriedShape | null }

export type PresetPlanShape = { candidates: Array<RoutedShape>; estimate: SumShape; left_out: Array<LeftOutShape>; preset: string; strategy: 'fallback' | 'weighted' | 'ensemble' | 'sequential' | 'adaptive'; version: number; warnings: Array<Record<string, string>>; why: string }

export type PresetShape = { aggressive: boolean; candidates: Array<Entry>; created_at: number | null; defaults: Record<string, unknown>; description: string; enabled: boolean; id: string; max_attempts: number | null; media: 'image' | 'video' | 'audio' | 'text' | 'document'; name: string; on_moderation: 'stop' | 'next'; origin: 'user' | 'shipped'; pick: 'person' | 'first' | 'all'; priority: number; strategy: 'fallback' | 'weighted' | 'ensemble' | 'sequential' | 'adaptive'; title: string; version: number; warnings: Array<Record<string, string>> }

export type PresetTrial = { params?: Record<string, unknown>; strict?: boolean }

export type PreviewAsk = { template: Record<string, unknown>; values?: Record<string, unknown> }

export type Price = { amount?: string | null; high: number; likely: number; low: number; rate?: string | null; source: string }

export type PriceAsk = { checked_on?: string | null; credit?: number | string | null; currency?: 'USD'; rates?: Record<string, number | string>; rules?: Array<RuleShape>; source?: string }

export type PriceShape = { checked_on: string; credit: string | null; media: 'image' | 'video' | 'audio' | 'text' | 'document' | null; model: string; origin: 'catalog' | 'own'; provider: string; rates: Record<string, string>; replaced_by: string | null; retires_on: string | null; rules: Array<Record<string, unknown>>; source: string; title: string }

export type ProblemShape = { code: string; detail: string; hint: string; status: number; title: string; type: string } & Record<string, unknown>

export type ProviderAccount = { health: 'ok' | 'failing' | 'resting' | 'disabled' | 'untried'; id: string; name: string }

export type ProviderAsk = { account?: string | null; media?: 'image' | 'video' | 'audio' | 'text' | 'document'; operation?: string | null; params?: Record<string, unknown>; strict?: boolean }

export type ProviderFigures = { attempts: number; cancelled: number; failed: number; open: number; p50_ms: number | null; p95_ms: number | null; provider: string; spend: number; succeeded: number; success_rate: number | null; title: string; wait_ms: number | null }

export type ProviderShape = { accounts: Array<ProviderAccount>; actions: Array<string>; capabilities: CapabilityShape; hooks: Array<string>; id: string; imports?: ImportShape | null; keyless: boolean; media: Array<'image' | 'video' | 'audio' | 'text' | 'document'>; name: string; secrets: Array<string>; settings: Record<string, unknown>; status: string; summary: string; title: string }

export type ProviderStatus = { accounts: Array<ProviderAccount>; name: string; status: string }

export type QueueShape = { queued: number; running: number; waiting: number }

export type RecipeShape = { maquette: Record<string, unknown>; parameters: string }

export type RemarkShape = { text: string; title: string }

export type RenderAsk = { base_prompt?: string | null; context?: Record<string, unknown>; conversation?: string | null; negative_prompt?: string | null; seed?: number | null; style?: string | null; values?: Record<string, unknown> }

export type RenderedShape = { name: string; negative_prompt: string; params: Record<string, unknown>; prompt: string; seed: number | null; style: string; template: string; values: Record<string, unknown>; version: number }

export type Resolution = { h: number | null; w: number | null }

export type ResolveAsk = { asset?: string | null; handle?: unknown | null; how: 'resubmit' | 'attach' | 'give_up' }

export type ResultShape = { action: string; assets: Array<AssetShape>; cost: CostShape; created_at: number; ended_at: number | null; error: Record<string, unknown> | null; id: string; params: Record<string, unknown>; started_at: number | null; state: 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled'; subject: string | null; waiting_for: string | null; warnings: Array<Record<string, unknown>> }

export type RoomShape = { left: number | null; limit: number | null; used: number }

export type RoutedShape = { account: string; action: string; candidate: number; figures: Record<string, unknown>; params: Record<string, unknown>; price: Price | null; warnings: Array<Record<string, unknown>> }

export type RowAction = { body: Record<string, unknown>; enabled: boolean; icon: string; key: string; label: string; method: string; path: string; reason: string | null; variant: string }

export type RowShape = { assets: Array<AssetShape>; cost_micro_usd: number; error: Record<string, unknown> | null; job: string | null; params: Record<string, unknown>; row: number; state: string }

export type Rule = { drafts?: boolean; larger_than_mb?: number | null; media?: Array<'image' | 'video' | 'audio' | 'text' | 'document'>; most_mb?: number | null; older_than_days?: number | null }

export type RuleShape = { credits?: number | string | null; per: 'request' | 'image' | 'second' | 'character' | 'token' | 'megapixel'; usd?: number | string | null; when?: Record<string, unknown> }

export type RunAsk = { inputs?: Record<string, unknown> }

export type RunShape = { as_of?: number | null; cost: CostShape; created_at: number; ended_at: number | null; error: Record<string, unknown> | null; id: string; retry_of?: string | null; started_at: number | null; state: 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled'; state_values: Record<string, unknown>; steps: Array<StepShape>; title: string; version: number | null; waiting_for: string | null; workflow: string }

export type SaidShape = { messages: Array<MessageShape> }

export type Screen = { filter: string; settings?: Record<string, unknown> }

export type SelectShape = { field: string; from: 'results' | 'data'; max: number; media: Array<string> | null; min: number }

export type ServedShape = { action: string; note: string | null; provider_title: string }

export type SessionShape = { key: string | null; role: 'admin' | 'member' | 'viewer'; via: string; workspace: string }

export type ShareAsk = { expires_in?: number | null }

export type SharedShape = { expires_at: number | null; url: string }

export type StatsShape = { accounts: Array<AccountFigures>; actions: Array<ActionFigures>; as_of: number; jobs: Array<DayShape>; presets: Array<PresetFigures>; providers: Array<ProviderFigures>; queue: QueueShape; totals: TotalShape }

export type StepBriefShape = { id: string; kind: string; module_id: string | null; title: string }

export type StepShape = { cost: CostShape; display: Record<string, unknown> | null; ended_at: number | null; error: Record<string, unknown> | null; id: string; interaction: string | null; job: string | null; module_id: string | null; result: unknown | null; started_at: number | null; state: 'pending' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'skipped'; title: string }

export type StyleShape = { category: string; name: string; negative_prompt: string; prompt: string; title: string }

export type SubActionAsk = { action_type: string; interaction_id: string; operation: string; params?: Record<string, unknown>; prompt_id: string; provider: string; source_data?: unknown }

export type SubActionShape = { action_type: string; action_type_template: string; key: string; param_defaults: Record<string, Record<string, unknown>>; param_schema: Record<string, Record<string, unknown>>; pending_title: string; served_by: Record<string, ServedShape>; target: string; title: string }

export type SubmitShape = { title: string }

export type SumShape = { currency: 'USD'; known: boolean; likely: number; max: number; min: number; unit: 'micro' }

export type SummaryAsk = { reply?: TargetAsk | null; sentences?: number }

export type SummaryShape = { job: JobShape | null; summary: string | null }

export type TakeAsk = { provider: string; source: string }

export type TakenShape = { created: Array<string>; unchanged: Array<string>; updated: Array<string> }

export type Tally = { failed: number; succeeded: number; total: number }

export type TargetAsk = { account?: string | null; action?: string | null; media?: 'image' | 'video' | 'audio' | 'text' | 'document' | null; params?: Record<string, unknown>; preset?: string | null; strict?: boolean }

export type Template = { base_prompt: string; category: string; context_mappings?: Record<string, unknown>; default_params?: Record<string, unknown>; description?: string; dynamic?: boolean; format?: 'double' | 'brace'; media?: 'image' | 'video' | 'audio' | 'text' | 'document'; name: string; negative_prompt?: string; style?: string; subcategory?: string; title: string; values?: Record<string, unknown>; variables?: Record<string, unknown> }

export type TemplateShape = { base_prompt: string; category: string; context_mappings: Record<string, string>; created_at: number | null; default_params: Record<string, unknown>; description: string; dynamic: boolean; example: string; fields: Record<string, unknown>; format: 'double' | 'brace'; id: string; media: 'image' | 'video' | 'audio' | 'text' | 'document'; name: string; negative_prompt: string; origin: 'user' | 'shipped'; picture: string | null; resets: boolean; style: string; subcategory: string; title: string; values: Record<string, string>; variables: Record<string, Variable>; version: number }

export type TemplateUse = { base_prompt?: string | null; context?: Record<string, unknown>; conversation?: string | null; name: string; negative_prompt?: string | null; seed?: number | null; style?: string | null; values?: Record<string, unknown> }

export type TidyAsk = { dry_run?: boolean }

export type TidyShape = { bytes: number; compressed?: number; count: number; dry_run: boolean; items: Array<GoingShape>; left?: Array<string>; saved_bytes?: number }

export type TotalShape = { attempts: number; cancelled: number; failed: number; jobs: number; mean_ms: number | null; recovered: number; recovery_rate: number | null; spend: number; struck: number; succeeded: number; success_rate: number | null }

export type TriedShape = { attempts: number; cancelled: number; failed: number; open: number; p50_ms: number | null; p95_ms: number | null; spend: number; succeeded: number; success_rate: number | null; wait_ms: number | null }

export type Variable = { default?: string | null; description?: string; title?: string }

export type VariedShape = { combinations: number; prompts: Array<string> }

export type VaryAsk = { n?: number | null; prompt: string; seed?: number }

export type VerdictShape = { error?: Record<string, unknown> | null; latency_ms?: number | null; success: boolean }

export type WaitingShape = { account: string; name: string; secrets: Array<string> }

export type WishedImage = { alt?: string; anchor?: number | null; caption?: string; kind?: 'featured' | 'in_article' | 'desktop' | 'mobile'; legacy_id?: number | null; prompt?: string }

export type Wordlist = { lines: Array<string>; name: string }

export type WordlistShape = { lines: Array<string>; name: string; origin: 'user' | 'shipped' }

export type WorkflowShape = { created_at: number | null; description: string; document: Record<string, unknown>; id: string; inputs: Record<string, unknown>; name: string; origin: 'user' | 'shipped'; steps: Array<StepBriefShape>; title: string; version: number }

export type WorkspaceAsk = { name: string }

export type WorkspaceShape = { created_at: number; id: string; name: string }

export type article_images = { account?: string; action: string; concurrency?: number; image_format?: 'webp' | 'jpg' | 'png'; image_prompt_template?: string; image_type?: 'realistic' | 'artistic' | 'cartoon'; items: Array<{ key: string; kind?: 'featured' | 'in_article' | 'desktop' | 'mobile'; place?: number; post_title?: string; prompt?: string; size?: string }>; negative_prompt?: string; params?: Record<string, unknown>; prompts?: Record<string, unknown>; template_format?: 'double' | 'brace'; values?: Record<string, unknown> }

export type article_prompts = { action?: string; count?: number; image_type?: 'realistic' | 'artistic' | 'cartoon'; params?: Record<string, unknown>; passages: Array<{ heading?: string; number: number; text?: string }>; title?: string }

export type ask_choose = { assets?: Array<string>; deadline_s?: number; description?: string; max?: number; min?: number; on_deadline?: 'fail' | 'default' | 'remind'; options?: Array<string>; submit_title?: string; title?: string }

export type ask_form = { data?: unknown; deadline_s?: number; default?: Record<string, unknown>; description?: string; display_schema?: Record<string, unknown>; form: Record<string, unknown>; on_deadline?: 'fail' | 'default' | 'remind'; submit_title?: string; title?: string }

export type asset_export = { assets: Array<string>; film?: 'original' | 'mp4' | 'gif'; format?: 'original' | 'png' | 'jpeg' | 'webp'; max_side?: number; name?: string }

export type http_request = { account?: string; body?: Record<string, unknown>; headers?: Record<string, string>; method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'; url: string }

export type list_run = { account?: string; action: string; at_once?: number; file?: string; params?: Record<string, unknown>; rows?: Array<Record<string, unknown>> }

export type maquette__api__shape_audit__ImportedShape = { created: Array<string>; left_out: Array<string>; needs_secrets: Array<WaitingShape>; unchanged: number; updated: Array<string> }

export type maquette__api__shape_catalog__LinkShape = { expires_at: number; url: string }

export type maquette__api__shape_conversation__ImportedShape = { conversation: ConversationShape; messages: number; skipped: number }

export type maquette__api__shape_function__LinkShape = { id: string; media: string; mime: string; name?: string | null; size: number; url: string }

export type maquette__api__shape_list__PreviewShape = { columns: Array<ColumnShape>; ready: number; rows: Array<PlannedRowShape>; total: number }

export type maquette__api__shape_template__PreviewShape = { faults: Array<Record<string, unknown>>; fields?: Record<string, unknown> | null; missing: Array<string>; negative_prompt: string; prompt: string }

export type media_anthropic_txt2txt = { effort?: 'auto' | 'low' | 'medium' | 'high' | 'max'; instructions?: string; json_schema?: Record<string, unknown>; max_tokens?: number; model?: string; prompt: string }

export type media_automatic1111_img2img = { guidance?: number; image: string; model?: string; n?: number; negative_prompt?: string; prompt: string; sampler?: string; scheduler?: string; seed?: number; steps?: number; strength?: number; vae?: string }

export type media_automatic1111_inpaint = { fill?: 'original' | 'fill' | 'noise' | 'nothing'; guidance?: number; image: string; mask: string; mask_blur?: number; model?: string; n?: number; negative_prompt?: string; only_masked?: boolean; prompt: string; sampler?: string; scheduler?: string; seed?: number; steps?: number; strength?: number; vae?: string }

export type media_automatic1111_txt2img = { guidance?: number; height?: number; model?: string; n?: number; negative_prompt?: string; prompt: string; sampler?: string; scheduler?: string; seed?: number; steps?: number; vae?: string; width?: number }

export type media_automatic1111_upscale = { factor?: number; image: string; upscaler?: string }

export type media_bfl_img2img = { aspect_ratio?: string; format?: 'jpeg' | 'png'; guidance?: number; height?: number; image: string; model?: string; prompt: string; references?: Array<string>; seed?: number; steps?: number; strictness?: number; width?: number }

export type media_bfl_inpaint = { format?: 'jpeg' | 'png'; image: string; mask?: string; prompt: string; seed?: number; strictness?: number }

export type media_bfl_txt2img = { aspect_ratio?: string; format?: 'jpeg' | 'png'; guidance?: number; height?: number; model?: string; prompt: string; seed?: number; steps?: number; strictness?: number; width?: number }

export type media_cohere_txt2txt = { instructions?: string; json_schema?: Record<string, unknown>; max_tokens?: number; model?: string; prompt: string; safety?: 'contextual' | 'strict' | 'off'; temperature?: number }

export type media_comfyui_img2img = { guidance?: number; image: string; model?: string; n?: number; negative_prompt?: string; prompt: string; sampler?: string; scheduler?: string; seed?: number; steps?: number; strength?: number }

export type media_comfyui_inpaint = { grow?: number; guidance?: number; image: string; mask: string; model?: string; n?: number; negative_prompt?: string; prompt: string; sampler?: string; scheduler?: string; seed?: number; steps?: number; strength?: number }

export type media_comfyui_outpaint = { bottom?: number; feather?: number; guidance?: number; image: string; left?: number; model?: string; n?: number; negative_prompt?: string; prompt: string; right?: number; sampler?: string; scheduler?: string; seed?: number; steps?: number; top?: number }

export type media_comfyui_txt2audio = { duration?: number; guidance?: number; lyrics?: string; model?: string; prompt: string; seed?: number; steps?: number }

export type media_comfyui_txt2img = { guidance?: number; height?: number; model?: string; n?: number; negative_prompt?: string; prompt: string; sampler?: string; scheduler?: string; seed?: number; steps?: number; width?: number }

export type media_comfyui_txt2vid = { duration?: number; fps?: number; guidance?: number; height?: number; model?: string; negative_prompt?: string; prompt: string; seed?: number; shift?: number; steps?: number; text_encoder?: string; vae?: string; width?: number }

export type media_comfyui_upscale = { factor?: number; image: string; upscaler?: string }

export type media_converter_animate = { fps?: number; max_side?: number; videos: Array<string> }

export type media_converter_contact_sheet = { captions?: Array<string>; cell?: number; columns?: number; images: Array<string>; title?: string }

export type media_converter_crop = { bottom?: number; images: Array<string>; left?: number; right?: number; shape?: 'any' | '1:1' | '4:5' | '3:4' | '2:3' | '9:16' | '5:4' | '4:3' | '3:2' | '16:9' | '21:9'; top?: number }

export type media_converter_encode = { max_side?: number; videos: Array<string> }

export type media_converter_reformat = { format?: 'original' | 'png' | 'jpeg' | 'webp'; images: Array<string>; max_side?: number; quality?: number }

export type media_diffusers_img2img = { guidance?: number; image: string; lora?: string; lora_weight?: number; model?: string; n?: number; negative_prompt?: string; prompt: string; seed?: number; steps?: number; strength?: number }

export type media_diffusers_inpaint = { guidance?: number; image: string; lora?: string; lora_weight?: number; mask: string; model?: string; n?: number; negative_prompt?: string; prompt: string; seed?: number; steps?: number; strength?: number }

export type media_diffusers_txt2img = { guidance?: number; height?: number; lora?: string; lora_weight?: number; model?: string; n?: number; negative_prompt?: string; prompt: string; seed?: number; steps?: number; width?: number }

export type media_elevenlabs_dialogue = { format?: 'mp3' | 'opus' | 'wav'; language?: string; model?: string; prompt: string; seed?: number; stability?: number; voices?: Array<string> }

export type media_elevenlabs_img2img = { aspect_ratio?: 'auto' | '1:1' | '2:3' | '3:2' | '3:4' | '4:3' | '4:5' | '5:4' | '9:16' | '16:9' | '21:9' | '1:2' | '2:1' | '1:3' | '3:1' | '1:4' | '4:1' | '1:8' | '8:1'; image: string; model?: string; prompt: string; quality?: 'auto' | 'low' | 'medium' | 'high'; references?: Array<string>; resolution?: 'auto' | '512' | '1K' | '2K' | '3K' | '4K'; seed?: number }

export type media_elevenlabs_img2vid = { aspect_ratio?: 'auto' | '21:9' | '16:9' | '4:3' | '1:1' | '3:4' | '9:16'; audio?: boolean; duration?: number; image: string; last_image?: string; model?: string; negative_prompt?: string; prompt: string; resolution?: '480p' | '720p' | '1080p' | '4K' | '4k'; seed?: number }

export type media_elevenlabs_music = { duration?: number; format?: 'mp3' | 'opus'; instrumental?: boolean; model?: string; prompt: string }

export type media_elevenlabs_sound_effect = { duration?: number; format?: 'mp3' | 'opus'; influence?: number; loop?: boolean; model?: string; prompt: string }

export type media_elevenlabs_speech = { format?: 'mp3' | 'opus' | 'wav'; language?: string; model?: string; prompt: string; seed?: number; similarity?: number; speed?: number; stability?: number; style?: number; voice?: string }

export type media_elevenlabs_txt2img = { aspect_ratio?: 'auto' | '1:1' | '2:3' | '3:2' | '3:4' | '4:3' | '4:5' | '5:4' | '9:16' | '16:9' | '21:9' | '1:2' | '2:1' | '1:3' | '3:1' | '1:4' | '4:1' | '1:8' | '8:1'; model?: string; prompt: string; quality?: 'auto' | 'low' | 'medium' | 'high'; resolution?: 'auto' | '512' | '1K' | '2K' | '3K' | '4K'; seed?: number }

export type media_elevenlabs_txt2vid = { aspect_ratio?: 'auto' | '21:9' | '16:9' | '4:3' | '1:1' | '3:4' | '9:16'; audio?: boolean; duration?: number; model?: string; negative_prompt?: string; prompt: string; resolution?: '480p' | '720p' | '1080p' | '4K' | '4k'; seed?: number }

export type media_ensemble = { asked?: Record<string, unknown>; members: Array<{ account?: string; action: string; params?: Record<string, unknown> }>; pick?: 'person' | 'first' | 'all'; title?: string }

export type media_fal_img2img = { aspect_ratio?: string; extra?: Record<string, unknown>; format?: 'auto' | 'jpeg' | 'png'; guidance?: number; height?: number; image: string; model?: string; n?: number; negative_prompt?: string; prompt: string; references?: Array<string>; seed?: number; steps?: number; strength?: number; width?: number }

export type media_fal_img2vid = { aspect_ratio?: string; audio?: boolean; duration?: number; extra?: Record<string, unknown>; image: string; last_image?: string; model?: string; negative_prompt?: string; prompt: string; resolution?: 'auto' | '480p' | '720p' | '1080p' | '4k'; seed?: number }

export type media_fal_txt2img = { aspect_ratio?: string; extra?: Record<string, unknown>; format?: 'auto' | 'jpeg' | 'png'; guidance?: number; height?: number; model?: string; n?: number; negative_prompt?: string; prompt: string; seed?: number; steps?: number; width?: number }

export type media_fal_txt2vid = { aspect_ratio?: string; audio?: boolean; duration?: number; extra?: Record<string, unknown>; model?: string; negative_prompt?: string; prompt: string; resolution?: 'auto' | '480p' | '720p' | '1080p' | '4k'; seed?: number }

export type media_generate = { account?: string; action: string; params?: Record<string, unknown> }

export type media_generation = { data: Record<string, unknown>; deadline_s?: number; description?: string; display_of?: 'content' | 'data'; display_schema?: Record<string, unknown>; max?: number; min?: number; on_deadline?: 'fail' | 'remind'; operation?: string; scope?: Record<string, unknown>; sub_actions?: Record<string, unknown>; submit_title?: string; title?: string }

export type media_google_img2img = { aspect_ratio?: 'auto' | '1:1' | '2:3' | '3:2' | '3:4' | '4:3' | '4:5' | '5:4' | '9:16' | '16:9' | '21:9' | '1:4' | '4:1' | '1:8' | '8:1'; image: string; model?: string; negative_prompt?: string; prompt: string; references?: Array<string>; resolution?: 'auto' | '512' | '1K' | '2K' | '4K'; safety?: 'auto' | 'block_low_and_above' | 'block_medium_and_above' | 'block_only_high' | 'block_none' }

export type media_google_img2vid = { aspect_ratio?: '16:9' | '9:16'; audio?: boolean; duration?: number; image: string; last_image?: string; model?: string; negative_prompt?: string; people?: 'auto' | 'dont_allow' | 'allow_adult' | 'allow_all'; prompt: string; references?: Array<string>; resolution?: '360p' | '720p' | '1080p' | '4k' }

export type media_google_speech = { format?: 'mp3' | 'ogg' | 'wav'; instructions?: string; language?: string; model?: string; prompt: string; voice?: string }

export type media_google_txt2img = { aspect_ratio?: 'auto' | '1:1' | '2:3' | '3:2' | '3:4' | '4:3' | '4:5' | '5:4' | '9:16' | '16:9' | '21:9' | '1:4' | '4:1' | '1:8' | '8:1'; model?: string; n?: number; negative_prompt?: string; people?: 'auto' | 'dont_allow' | 'allow_adult' | 'allow_all'; prompt: string; resolution?: 'auto' | '512' | '1K' | '2K' | '4K'; safety?: 'auto' | 'block_low_and_above' | 'block_medium_and_above' | 'block_only_high' | 'block_none' }

export type media_google_txt2txt = { effort?: 'auto' | 'minimal' | 'low' | 'medium' | 'high'; instructions?: string; json_schema?: Record<string, unknown>; max_tokens?: number; model?: string; prompt: string; safety?: 'auto' | 'block_low_and_above' | 'block_medium_and_above' | 'block_only_high' | 'block_none' }

export type media_google_txt2vid = { aspect_ratio?: '16:9' | '9:16'; audio?: boolean; duration?: number; model?: string; negative_prompt?: string; people?: 'auto' | 'dont_allow' | 'allow_adult' | 'allow_all'; prompt: string; resolution?: '360p' | '720p' | '1080p' | '4k' }

export type media_google_speech_speech = { format?: 'mp3' | 'ogg' | 'wav'; instructions?: string; language?: string; markup?: boolean; model?: string; pitch?: number; prompt: string; speed?: number; voice?: string }

export type media_http_request = { body?: Record<string, unknown>; headers?: Record<string, string>; method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'; url: string }

export type media_leonardo_img2img = { alchemy?: boolean; contrast?: 'low' | 'medium' | 'high'; height?: number; image: string; model?: string; n?: number; negative_prompt?: string; prompt: string; seed?: number; strength?: number; style?: '' | 'ANIME' | 'BOKEH' | 'CINEMATIC' | 'CREATIVE' | 'DYNAMIC' | 'ENVIRONMENT' | 'FASHION' | 'FILM' | 'FOOD' | 'GENERAL' | 'HDR' | 'ILLUSTRATION' | 'MACRO' | 'MINIMALISTIC' | 'MONOCHROME' | 'MOODY' | 'NEUTRAL' | 'PHOTOGRAPHY' | 'PORTRAIT' | 'RAYTRACED' | 'RENDER_3D' | 'RETRO' | 'SKETCH_BW' | 'SKETCH_COLOR' | 'STOCK_PHOTO' | 'UNPROCESSED' | 'VIBRANT'; width?: number }

export type media_leonardo_img2vid = { duration?: number; image: string; model?: string; prompt: string; resolution?: '480p' | '720p' | '1080p' }

export type media_leonardo_txt2img = { alchemy?: boolean; contrast?: 'low' | 'medium' | 'high'; height?: number; model?: string; n?: number; negative_prompt?: string; prompt: string; seed?: number; style?: '' | 'ANIME' | 'BOKEH' | 'CINEMATIC' | 'CREATIVE' | 'DYNAMIC' | 'ENVIRONMENT' | 'FASHION' | 'FILM' | 'FOOD' | 'GENERAL' | 'HDR' | 'ILLUSTRATION' | 'MACRO' | 'MINIMALISTIC' | 'MONOCHROME' | 'MOODY' | 'NEUTRAL' | 'PHOTOGRAPHY' | 'PORTRAIT' | 'RAYTRACED' | 'RENDER_3D' | 'RETRO' | 'SKETCH_BW' | 'SKETCH_COLOR' | 'STOCK_PHOTO' | 'UNPROCESSED' | 'VIBRANT'; width?: number }

export type media_leonardo_upscale = { creativity?: number; factor?: number; image: string; style?: 'general' | 'cinematic' | '2d art' | 'cg art' }

export type media_leonardo_vary = { image: string; way?: 'unzoom' | 'no_background' }

export type media_midjourney_img2img = { aspect_ratio?: '1:1' | '16:9' | '9:16' | '4:3' | '3:4' | '3:2' | '2:3' | '2:1' | '1:2' | '6:5' | '5:6'; image: string; negative_prompt?: string; omni_weight?: number; prompt: string; references?: Array<string>; speed?: 'relaxed' | 'fast' | 'turbo'; stylize?: number; use?: 'picture' | 'style' | 'omni'; variety?: number; version?: string; weird?: number }

export type media_midjourney_img2vid = { image: string; motion?: 'low' | 'high'; n?: 1 | 2 | 4; prompt: string; resolution?: '480p' | '720p' }

export type media_midjourney_txt2img = { aspect_ratio?: '1:1' | '16:9' | '9:16' | '4:3' | '3:4' | '3:2' | '2:3' | '2:1' | '1:2' | '6:5' | '5:6'; negative_prompt?: string; prompt: string; speed?: 'relaxed' | 'fast' | 'turbo'; stylize?: number; variety?: number; version?: string; weird?: number }

export type media_midjourney_upscale = { image: string; number?: number }

export type media_midjourney_vary = { image: string; number?: number }

export type media_narrator_speech = { format?: 'wav' | 'mp3' | 'flac' | 'opus'; language?: 'af' | 'am' | 'an' | 'ar' | 'as' | 'az' | 'ba' | 'be' | 'bg' | 'bn' | 'bpy' | 'bs' | 'ca' | 'ca-ba' | 'ca-nw' | 'ca-va' | 'chr' | 'cmn' | 'cmn-latn-pinyin' | 'cs' | 'cv' | 'cy' | 'da' | 'de' | 'el' | 'en' | 'en-029' | 'en-gb-scotland' | 'en-gb-x-gbclan' | 'en-gb-x-gbcwmd' | 'en-gb-x-rp' | 'en-shaw' | 'en-us' | 'en-us-nyc' | 'eo' | 'es' | 'es-419' | 'et' | 'eu' | 'fa' | 'fa-latn' | 'fi' | 'fr' | 'fr-be' | 'fr-ch' | 'ga' | 'gd' | 'gn' | 'grc' | 'gu' | 'hak' | 'haw' | 'he' | 'hi' | 'hr' | 'ht' | 'hu' | 'hy' | 'hyw' | 'ia' | 'id' | 'io' | 'is' | 'it' | 'ja' | 'jbo' | 'ka' | 'kk' | 'kl' | 'kn' | 'ko' | 'kok' | 'ku' | 'ky' | 'la' | 'lb' | 'lfn' | 'lt' | 'ltg' | 'lv' | 'mi' | 'mk' | 'ml' | 'mr' | 'ms' | 'mt' | 'mto' | 'my' | 'nb' | 'nci' | 'ne' | 'nl' | 'nog' | 'om' | 'or' | 'pa' | 'pap' | 'piqd' | 'pl' | 'pt' | 'pt-br' | 'py' | 'qdb' | 'qu' | 'quc' | 'qya' | 'ro' | 'ru' | 'ru-cl' | 'ru-lv' | 'sd' | 'shn' | 'si' | 'sjn' | 'sk' | 'sl' | 'smj' | 'sq' | 'sr' | 'sv' | 'sw' | 'ta' | 'te' | 'th' | 'ti' | 'tk' | 'tn' | 'tr' | 'tt' | 'ug' | 'uk' | 'ur' | 'uz' | 'vi' | 'vi-vn-x-central' | 'vi-vn-x-south' | 'yue' | 'yue-latn-jyutping'; pitch?: number; prompt: string; rate?: number; voice?: 'plain' | 'woman' | 'woman-bright' | 'man' | 'man-deep' | 'elder' | 'whisper' }

export type media_openai_img2img = { background?: 'auto' | 'opaque' | 'transparent'; complexity?: 'auto' | 'low' | 'medium' | 'high'; compression?: number; fidelity?: 'auto' | 'low' | 'high'; format?: 'png' | 'jpeg' | 'webp' | 'gif'; frame_ms?: number; frames?: number; image: string; markup?: string; mask?: string; model?: string; n?: number; partial_images?: number; prompt: string; quality?: 'auto' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'; references?: Array<string>; size?: string }

export type media_openai_img2vid = { duration?: number; image: string; model?: string; prompt: string; size?: string }

export type media_openai_inpaint = { background?: 'auto' | 'opaque' | 'transparent'; complexity?: 'auto' | 'low' | 'medium' | 'high'; compression?: number; fidelity?: 'auto' | 'low' | 'high'; format?: 'png' | 'jpeg' | 'webp' | 'gif'; frame_ms?: number; frames?: number; image: string; mask: string; model?: string; n?: number; partial_images?: number; prompt: string; quality?: 'auto' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'; size?: string }

export type media_openai_speech = { format?: 'mp3' | 'opus' | 'aac' | 'flac' | 'wav'; instructions?: string; model?: string; prompt: string; speed?: number; voice?: string }

export type media_openai_transcribe = { audio: string; format?: 'text' | 'srt' | 'vtt'; language?: string; model?: string; prompt?: string }

export type media_openai_txt2img = { background?: 'auto' | 'opaque' | 'transparent'; complexity?: 'auto' | 'low' | 'medium' | 'high'; compression?: number; format?: 'png' | 'jpeg' | 'webp' | 'gif'; frame_ms?: number; frames?: number; model?: string; moderation?: 'auto' | 'low'; n?: number; partial_images?: number; prompt: string; quality?: 'auto' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'; size?: string }

export type media_openai_txt2txt = { effort?: 'auto' | 'minimal' | 'low' | 'medium' | 'high'; instructions?: string; json_schema?: Record<string, unknown>; max_tokens?: number; model?: string; prompt: string; stream?: boolean }

export type media_openai_txt2vid = { duration?: number; model?: string; prompt: string; size?: string }

export type media_painter_img2img = { image: string; n?: number; prompt: string; seed?: number; strength?: number }

export type media_painter_inpaint = { image: string; mask: string; n?: number; prompt: string; seed?: number }

export type media_painter_txt2img = { height?: number; n?: number; prompt: string; seed?: number; width?: number }

export type media_painter_upscale = { factor?: 2 | 3 | 4; image: string }

export type media_painter_vary = { image: string; n?: number; seed?: number; strength?: number }

export type media_replicate_img2img = { aspect_ratio?: string; extra?: Record<string, unknown>; format?: 'auto' | 'png' | 'jpg' | 'webp'; guidance?: number; image: string; model?: string; n?: number; negative_prompt?: string; prompt: string; references?: Array<string>; seed?: number; steps?: number; strength?: number }

export type media_replicate_img2vid = { aspect_ratio?: string; duration?: number; extra?: Record<string, unknown>; image: string; last_image?: string; model?: string; negative_prompt?: string; prompt: string; resolution?: 'auto' | '480p' | '720p' | '1080p'; seed?: number }

export type media_replicate_txt2img = { aspect_ratio?: string; extra?: Record<string, unknown>; format?: 'auto' | 'png' | 'jpg' | 'webp'; guidance?: number; model?: string; n?: number; negative_prompt?: string; prompt: string; seed?: number; steps?: number }

export type media_replicate_txt2vid = { aspect_ratio?: string; duration?: number; extra?: Record<string, unknown>; model?: string; negative_prompt?: string; prompt: string; resolution?: 'auto' | '480p' | '720p' | '1080p'; seed?: number }

export type media_runware_img2img = { format?: 'png' | 'jpg' | 'webp'; guidance?: number; height?: number; image: string; model?: string; n?: number; negative_prompt?: string; prompt: string; references?: Array<string>; scheduler?: string; seed?: number; steps?: number; strength?: number; width?: number }

export type media_runware_img2vid = { duration?: number; format?: 'mp4' | 'webm' | 'mov'; height?: number; image: string; last_image?: string; model?: string; negative_prompt?: string; prompt: string; seed?: number; width?: number }

export type media_runware_txt2img = { format?: 'png' | 'jpg' | 'webp'; guidance?: number; height?: number; model?: string; n?: number; negative_prompt?: string; prompt: string; scheduler?: string; seed?: number; steps?: number; width?: number }

export type media_runware_txt2vid = { duration?: number; format?: 'mp4' | 'webm' | 'mov'; height?: number; model?: string; negative_prompt?: string; prompt: string; seed?: number; width?: number }

export type media_runware_upscale = { factor?: 2 | 4; format?: 'png' | 'jpg' | 'webp'; image: string; model?: string }

export type media_runway_img2vid = { aspect_ratio?: string; audio?: boolean; duration?: number; image: string; last_image?: string; model?: string; negative_prompt?: string; prompt: string; resolution?: string; seed?: number; size?: string }

export type media_runway_txt2img = { model?: string; n?: number; prompt: string; quality?: 'very_low' | 'low' | 'medium' | 'high' | 'xhigh' | 'max' | 'auto'; references?: Array<string>; seed?: number; size?: string }

export type media_runway_txt2vid = { aspect_ratio?: string; audio?: boolean; duration?: number; model?: string; negative_prompt?: string; prompt: string; resolution?: string; seed?: number; size?: string }

export type media_runway_upscale = { factor?: 2 | 4 | 8 | 16; flavour?: 'sublime' | 'photo' | 'photo_denoiser'; image: string }

export type media_sequence = { asked?: Record<string, unknown>; members: Array<{ account?: string; action: string; params?: Record<string, unknown> }>; title?: string }

export type media_slideshow_img2vid = { aspect_ratio?: '16:9' | '9:16' | '1:1' | '4:3' | '3:4' | '21:9'; duration?: number; fps?: number; image: string; images?: Array<string>; language?: string; motion?: 'auto' | 'zoom_in' | 'zoom_out' | 'pan_left' | 'pan_right'; narrate?: boolean; prompt?: string; resolution?: '480p' | '720p' | '1080p' }

export type media_slideshow_txt2vid = { aspect_ratio?: '16:9' | '9:16' | '1:1' | '4:3' | '3:4' | '21:9'; duration?: number; fps?: number; language?: string; motion?: 'auto' | 'zoom_in' | 'zoom_out' | 'pan_left' | 'pan_right'; narrate?: boolean; prompt: string; resolution?: '480p' | '720p' | '1080p'; seed?: number }

export type media_stability_img2img = { format?: 'png' | 'jpeg' | 'webp'; guidance?: number; image: string; model?: 'stable-image-ultra' | 'sd3.5-large' | 'sd3.5-large-turbo' | 'sd3.5-medium' | 'sd3.5-flash'; negative_prompt?: string; prompt: string; seed?: number; strength?: number; style?: 'none' | '3d-model' | 'analog-film' | 'anime' | 'cinematic' | 'comic-book' | 'digital-art' | 'enhance' | 'fantasy-art' | 'isometric' | 'line-art' | 'low-poly' | 'modeling-compound' | 'neon-punk' | 'origami' | 'photographic' | 'pixel-art' | 'tile-texture' }

export type media_stability_inpaint = { format?: 'png' | 'jpeg' | 'webp'; grow_mask?: number; image: string; mask?: string; negative_prompt?: string; prompt: string; seed?: number; style?: 'none' | '3d-model' | 'analog-film' | 'anime' | 'cinematic' | 'comic-book' | 'digital-art' | 'enhance' | 'fantasy-art' | 'isometric' | 'line-art' | 'low-poly' | 'modeling-compound' | 'neon-punk' | 'origami' | 'photographic' | 'pixel-art' | 'tile-texture' }

export type media_stability_music = { duration?: number; format?: 'mp3' | 'wav'; prompt: string; seed?: number }

export type media_stability_outpaint = { creativity?: number; down?: number; format?: 'png' | 'jpeg' | 'webp'; image: string; left?: number; prompt?: string; right?: number; seed?: number; up?: number }

export type media_stability_txt2img = { aspect_ratio?: '1:1' | '16:9' | '21:9' | '2:3' | '3:2' | '4:5' | '5:4' | '9:16' | '9:21'; format?: 'png' | 'jpeg' | 'webp'; guidance?: number; model?: 'stable-image-ultra' | 'stable-image-core' | 'sd3.5-large' | 'sd3.5-large-turbo' | 'sd3.5-medium' | 'sd3.5-flash'; negative_prompt?: string; prompt: string; seed?: number; style?: 'none' | '3d-model' | 'analog-film' | 'anime' | 'cinematic' | 'comic-book' | 'digital-art' | 'enhance' | 'fantasy-art' | 'isometric' | 'line-art' | 'low-poly' | 'modeling-compound' | 'neon-punk' | 'origami' | 'photographic' | 'pixel-art' | 'tile-texture' }

export type media_stability_upscale = { creativity?: number; format?: 'png' | 'jpeg' | 'webp'; image: string; method?: 'fast' | 'conservative' | 'creative'; prompt?: string }

export type media_swarmui_img2img = { guidance?: number; image: string; lora?: string; lora_weight?: number; model?: string; n?: number; negative_prompt?: string; prompt: string; sampler?: string; scheduler?: string; seed?: number; steps?: number; strength?: number; vae?: string }

export type media_swarmui_inpaint = { guidance?: number; image: string; lora?: string; lora_weight?: number; mask: string; mask_blur?: number; model?: string; n?: number; negative_prompt?: string; prompt: string; sampler?: string; scheduler?: string; seed?: number; steps?: number; strength?: number; vae?: string }

export type media_swarmui_txt2img = { guidance?: number; height?: number; lora?: string; lora_weight?: number; model?: string; n?: number; negative_prompt?: string; prompt: string; sampler?: string; scheduler?: string; seed?: number; steps?: number; vae?: string; width?: number }

export type media_typesetter_document = { author?: string; font_size?: number; format?: 'pdf' | 'docx'; images?: Array<string>; language?: string; paper?: 'a4' | 'letter'; prompt: string; title?: string; title_page?: boolean }

export type media_writer_txt2txt = { kind?: 'article' | 'caption' | 'alt_text' | 'outline' | 'storyboard' | 'blurb' | 'prompt'; length?: 'short' | 'medium' | 'long'; n?: number; prompt: string; seed?: number; tone?: 'neutral' | 'friendly' | 'formal' | 'playful' }

export type prompt_enhance = { action?: string; media?: 'image' | 'video' | 'audio' | 'text' | 'document'; params?: Record<string, unknown>; prompt: string }

export type prompt_grid = { account?: string; action: string; axes: Array<{ name: string; values?: Array<unknown>; vary?: string }>; params?: Record<string, unknown>; title?: string }

export type prompt_vary = { account?: string; action: string; mode?: 'draw' | 'all'; n?: number; params?: Record<string, unknown>; prompt: string; seed?: number }

export type text_prompts = { action?: string; idea: string; params?: Record<string, unknown>; prompts: Record<string, Record<string, unknown>>; scope?: Record<string, unknown>; values?: Record<string, unknown> }

export type workflow_run = { inputs?: Record<string, unknown>; shipped?: boolean; version?: number; workflow: string }

export class Maquette {
  constructor(readonly url: string, private readonly key: string | null = null) {}

  /** Make any call and return what was answered, or throw a `Problem`. */
  async call(method: string, path: string, query: Query, body: unknown, options: Options = {}): Promise<Response> {
    const address = new URL(this.url.replace(/\/+$/, '') + path)
    for (const [name, value] of Object.entries(query))
      if (value !== undefined && value !== null) address.searchParams.set(name, String(value))
    const headers: Record<string, string> = { accept: 'application/json' }
    if (this.key !== null) headers.authorization = `Bearer ${this.key}`
    if (options.idempotencyKey !== undefined) headers['idempotency-key'] = options.idempotencyKey
    if (options.wait !== undefined) headers.prefer = `wait=${options.wait}`
    const form = body instanceof FormData
    if (body !== undefined && !form) headers['content-type'] = 'application/json'
    const sent = body === undefined ? undefined : form ? body : JSON.stringify(body)
    let answer: Response
    try {
      answer = await fetch(address, { method, headers, body: sent, signal: options.signal })
    } catch (thrown) {
      if (options.signal?.aborted) throw thrown
      throw new Problem(0, { code: 'unreachable', detail: 'The server does not answer.', hint: 'See that it runs.' })
    }
    if (answer.ok) return answer
    const said = (await answer.json().catch(() => ({ title: answer.statusText }))) as Record<string, unknown>
    const after = Number(answer.headers.get('retry-after') ?? '')
    throw new Problem(answer.status, said, answer.headers.has('retry-after') && Number.isFinite(after) ? after : null)
  }

  private async json<T>(method: string, path: string, query: Query, body: unknown, options?: Options): Promise<T> {
    const answer = await this.call(method, path, query, body, options)
    return answer.status === 204 ? (undefined as T) : ((await answer.json()) as T)
  }

  /** Answer an interaction, which lets its run go on; the first answer stands. */
  interactions_answer(interaction: string, body: Record<string, unknown>, options: Options = {}): Promise<InteractionShape> {
    return this.json<InteractionShape>('POST', `/api/v1/interactions/${encodeURIComponent(interaction)}/response`, {}, body, options)
  }

  /** Ask for a job of this provider to be stopped; a final one stays as it is. */
  jobs_cancel_of(name: string, job: string, options: Options = {}): Promise<JobShape> {
    return this.json<JobShape>('POST', `/api/v1/providers/${encodeURIComponent(name)}/jobs/${encodeURIComponent(job)}/cancel`, {}, undefined, options)
  }

  /** Ask for a job to be stopped; a final one stays as it is. */
  jobs_cancel(job: string, options: Options = {}): Promise<JobShape> {
    return this.json<JobShape>('POST', `/api/v1/jobs/${encodeURIComponent(job)}/cancel`, {}, undefined, options)
  }

  /** Begin a conversation. */
  conversations_create(body: ConversationAsk, options: Options = {}): Promise<ConversationShape> {
    return this.json<ConversationShape>('POST', `/api/v1/conversations`, {}, body, options)
  }

  /** Begin a run of the newest version. */
  workflows_start(workflow: string, body: RunAsk, options: Options = {}): Promise<RunShape> {
    return this.json<RunShape>('POST', `/api/v1/workflows/${encodeURIComponent(workflow)}/runs`, {}, body, options)
  }

  /** Bring an asset back from the bin. */
  assets_restore(asset: string, options: Options = {}): Promise<AssetShape> {
    return this.json<AssetShape>('POST', `/api/v1/assets/${encodeURIComponent(asset)}/restore`, {}, undefined, options)
  }

  /** Change a budget; the very next job is held to it. */
  budgets_change(budget: string, body: BudgetChange, options: Options = {}): Promise<BudgetShape> {
    return this.json<BudgetShape>('PATCH', `/api/v1/budgets/${encodeURIComponent(budget)}`, {}, body, options)
  }

  /** Change an account; a new server asks for the secrets again. */
  accounts_change(account: string, body: AccountChange, options: Options = {}): Promise<AccountShape> {
    return this.json<AccountShape>('PATCH', `/api/v1/accounts/${encodeURIComponent(account)}`, {}, body, options)
  }

  /** Change what an image shows, or what is said of it. */
  contents_reword(image: string, body: ImageChange, options: Options = {}): Promise<ContentShape> {
    return this.json<ContentShape>('PATCH', `/api/v1/contents/images/${encodeURIComponent(image)}`, {}, body, options)
  }

  /** Change what is said of an article; its text never changes. */
  contents_change(content: string, body: ContentChange, options: Options = {}): Promise<ContentShape> {
    return this.json<ContentShape>('PATCH', `/api/v1/contents/${encodeURIComponent(content)}`, {}, body, options)
  }

  /** Count the assets that fit, and name the newest. */
  assets_count(query: { media?: string | null; provider?: string | null; action?: string | null; job?: string | null; mime?: string | null; digest?: string | null; q?: string | null } = {}, options: Options = {}): Promise<CountShape> {
    return this.json<CountShape>('GET', `/api/v1/assets/count`, query, undefined, options)
  }

  /** Count the budgets' counters and the days' figures that do not agree with the ledger. */
  ledger_check(query: { mend?: boolean } = {}, options: Options = {}): Promise<LedgerShape> {
    return this.json<LedgerShape>('POST', `/api/v1/ledger/check`, query, undefined, options)
  }

  /** Delete a budget with its counters. */
  budgets_delete(budget: string, options: Options = {}): Promise<void> {
    return this.json<void>('DELETE', `/api/v1/budgets/${encodeURIComponent(budget)}`, {}, undefined, options)
  }

  /** Delete a conversation; what its jobs are making goes on, and what they made stays. */
  conversations_remove(conversation: string, options: Options = {}): Promise<void> {
    return this.json<void>('DELETE', `/api/v1/conversations/${encodeURIComponent(conversation)}`, {}, undefined, options)
  }

  /** Delete a definition and its action. */
  definitions_remove(definition: string, options: Options = {}): Promise<void> {
    return this.json<void>('DELETE', `/api/v1/definitions/${encodeURIComponent(definition)}`, {}, undefined, options)
  }

  /** Delete a list of the workspace; a shipped one of that name comes back. */
  templates_remove_wildcard(name: string, options: Options = {}): Promise<void> {
    return this.json<void>('DELETE', `/api/v1/wildcards/${encodeURIComponent(name)}`, {}, undefined, options)
  }

  /** Delete a preset; jobs that it made go on. */
  presets_remove(preset: string, options: Options = {}): Promise<void> {
    return this.json<void>('DELETE', `/api/v1/presets/${encodeURIComponent(preset)}`, {}, undefined, options)
  }

  /** Delete a template of the workspace; a shipped one of its name comes back. */
  templates_remove(template: string, options: Options = {}): Promise<void> {
    return this.json<void>('DELETE', `/api/v1/templates/${encodeURIComponent(template)}`, {}, undefined, options)
  }

  /** Delete a workflow; runs that have begun go on. */
  workflows_remove(workflow: string, options: Options = {}): Promise<void> {
    return this.json<void>('DELETE', `/api/v1/workflows/${encodeURIComponent(workflow)}`, {}, undefined, options)
  }

  /** Delete an account and its secrets; refused while work is under way on it. */
  accounts_remove(account: string, options: Options = {}): Promise<void> {
    return this.json<void>('DELETE', `/api/v1/accounts/${encodeURIComponent(account)}`, {}, undefined, options)
  }

  /** Delete an article; its document and its pictures stay among the assets. */
  contents_remove(content: string, options: Options = {}): Promise<void> {
    return this.json<void>('DELETE', `/api/v1/contents/${encodeURIComponent(content)}`, {}, undefined, options)
  }

  /** End the session of this browser. */
  session_sign_out(options: Options = {}): Promise<void> {
    return this.json<void>('DELETE', `/api/v1/session`, {}, undefined, options)
  }

  /** Export the ledger as CSV: an attempt a row, oldest first; no cell begins like a formula. */
  ledger_export(query: { since?: number | null; until?: number | null } = {}, options: Options = {}): Promise<Response> {
    return this.call('GET', `/api/v1/ledger.csv`, query, undefined, options)
  }

  /** Fill a template in; a variable without a value is an error that names it. */
  templates_render(template: string, body: RenderAsk, options: Options = {}): Promise<RenderedShape> {
    return this.json<RenderedShape>('POST', `/api/v1/templates/${encodeURIComponent(template)}/render`, {}, body, options)
  }

  /** Give a conversation another title. */
  conversations_change(conversation: string, body: ConversationChange, options: Options = {}): Promise<ConversationShape> {
    return this.json<ConversationShape>('PATCH', `/api/v1/conversations/${encodeURIComponent(conversation)}`, {}, body, options)
  }

  /** Go back to the settings that the installation comes with. */
  contents_reset_settings(options: Options = {}): Promise<void> {
    return this.json<void>('DELETE', `/api/v1/contents/settings`, {}, undefined, options)
  }

  /** Hand in an article; the places for its pictures are found, and their prompts drafted. */
  contents_create(body: ContentCreate, options: Options = {}): Promise<ContentShape> {
    return this.json<ContentShape>('POST', `/api/v1/contents`, {}, body, options)
  }

  /** Hold a provider, built in or installed, to every rule of the contract; nothing is paid. */
  catalog_proven(name: string, query: { account?: string | null } = {}, options: Options = {}): Promise<Listing_FindingShape> {
    return this.json<Listing_FindingShape>('POST', `/api/v1/providers/${encodeURIComponent(name)}/contract`, query, undefined, options)
  }

  /** Import a document, from which its provider makes an action. */
  definitions_create(body: DefinitionAsk, options: Options = {}): Promise<DefinitionShape> {
    return this.json<DefinitionShape>('POST', `/api/v1/definitions`, {}, body, options)
  }

  /** Import conversations that another program exported, all of them or none; each fault is named by its path. */
  conversations_bring(body: ImportAsk, options: Options = {}): Promise<Listing_ImportedShape> {
    return this.json<Listing_ImportedShape>('POST', `/api/v1/conversations/import`, {}, body, options)
  }

  /** Keep a file that is sent as the multipart field `file`, or fetched from the `url` of a JSON body. */
  assets_create(body: { name?: string | null; url: string } | FormData, options: Options = {}): Promise<AssetShape> {
    return this.json<AssetShape>('POST', `/api/v1/assets`, {}, body, options)
  }

  /** Keep a further version of a preset; jobs that have begun go on with theirs. */
  presets_change(preset: string, body: Preset, options: Options = {}): Promise<PresetShape> {
    return this.json<PresetShape>('PUT', `/api/v1/presets/${encodeURIComponent(preset)}`, {}, body, options)
  }

  /** Keep a further version of a template; of a shipped one, the workspace's own in its place. */
  templates_change(template: string, body: Template, options: Options = {}): Promise<TemplateShape> {
    return this.json<TemplateShape>('PUT', `/api/v1/templates/${encodeURIComponent(template)}`, {}, body, options)
  }

  /** Keep a further version of a workflow; runs that have begun go on with theirs. */
  workflows_change(workflow: string, body: Record<string, unknown>, options: Options = {}): Promise<WorkflowShape> {
    return this.json<WorkflowShape>('PUT', `/api/v1/workflows/${encodeURIComponent(workflow)}`, {}, body, options)
  }

  /** Keep a list, in place of the one of that name. */
  templates_save_wildcard(name: string, body: LinesAsk, options: Options = {}): Promise<WordlistShape> {
    return this.json<WordlistShape>('PUT', `/api/v1/wildcards/${encodeURIComponent(name)}`, {}, body, options)
  }

  /** Keep a new preset; each fault is named by its path. */
  presets_create(body: Preset, options: Options = {}): Promise<PresetShape> {
    return this.json<PresetShape>('POST', `/api/v1/presets`, {}, body, options)
  }

  /** Keep a new template; each fault is named by its path. */
  templates_create(body: Template, options: Options = {}): Promise<TemplateShape> {
    return this.json<TemplateShape>('POST', `/api/v1/templates`, {}, body, options)
  }

  /** Keep a new workflow; each fault of the document is named by its path. */
  workflows_create(body: Record<string, unknown>, options: Options = {}): Promise<WorkflowShape> {
    return this.json<WorkflowShape>('POST', `/api/v1/workflows`, {}, body, options)
  }

  /** Keep an asset whatever the rules of this workspace say. */
  assets_keep(asset: string, options: Options = {}): Promise<void> {
    return this.json<void>('PUT', `/api/v1/assets/${encodeURIComponent(asset)}/keep`, {}, undefined, options)
  }

  /** Keep the settings by which pictures are made from now on. */
  contents_save_settings(body: Record<string, unknown>, options: Options = {}): Promise<Record<string, unknown>> {
    return this.json<Record<string, unknown>>('PUT', `/api/v1/contents/settings`, {}, body, options)
  }

  /** Leave an asset to the rules again. */
  assets_let_go(asset: string, options: Options = {}): Promise<void> {
    return this.json<void>('DELETE', `/api/v1/assets/${encodeURIComponent(asset)}/keep`, {}, undefined, options)
  }

  /** Let the catalog count again for a model. */
  prices_remove(provider: string, model: string, options: Options = {}): Promise<void> {
    return this.json<void>('DELETE', `/api/v1/prices/${encodeURIComponent(provider)}/${encodeURIComponent(model)}`, {}, undefined, options)
  }

  /** List articles with the slots of their pictures, newest first. */
  contents_page(query: { before?: string | null; limit?: number } = {}, options: Options = {}): Promise<Listing_ContentShape> {
    return this.json<Listing_ContentShape>('GET', `/api/v1/contents`, query, undefined, options)
  }

  /** List assets, newest first. */
  assets_page(query: { before?: string | null; limit?: number; media?: string | null; provider?: string | null; action?: string | null; job?: string | null; mime?: string | null; digest?: string | null; q?: string | null; offset?: number | null } = {}, options: Options = {}): Promise<Listing_AssetShape> {
    return this.json<Listing_AssetShape>('GET', `/api/v1/assets`, query, undefined, options)
  }

  /** List conversations, newest first. */
  conversations_page(query: { before?: string | null; limit?: number } = {}, options: Options = {}): Promise<Listing_ConversationShape> {
    return this.json<Listing_ConversationShape>('GET', `/api/v1/conversations`, query, undefined, options)
  }

  /** List every action with the schema of its parameters. */
  catalog_actions(query: { produces?: 'image' | 'video' | 'audio' | 'text' | 'document' | 'data' | null; provider?: string | null } = {}, options: Options = {}): Promise<Listing_ActionShape> {
    return this.json<Listing_ActionShape>('GET', `/api/v1/actions`, query, undefined, options)
  }

  /** List every list by name; a varied prompt takes a line of one by `__name__`. */
  templates_wildcards(options: Options = {}): Promise<Listing_WordlistShape> {
    return this.json<Listing_WordlistShape>('GET', `/api/v1/wildcards`, {}, undefined, options)
  }

  /** List every provider with its capabilities, settings and accounts. */
  catalog_providers(options: Options = {}): Promise<Listing_ProviderShape> {
    return this.json<Listing_ProviderShape>('GET', `/api/v1/providers`, {}, undefined, options)
  }

  /** List every style, by category and title. */
  templates_styles(options: Options = {}): Promise<Listing_StyleShape> {
    return this.json<Listing_StyleShape>('GET', `/api/v1/styles`, {}, undefined, options)
  }

  /** List every template as it is in force, by category; those of the workspace in place of shipped ones. */
  templates_page(options: Options = {}): Promise<Listing_TemplateShape> {
    return this.json<Listing_TemplateShape>('GET', `/api/v1/templates`, {}, undefined, options)
  }

  /** List interactions, newest first. */
  interactions_page(query: { before?: string | null; limit?: number; state?: string | null; run?: string | null; job?: string | null } = {}, options: Options = {}): Promise<Listing_InteractionShape> {
    return this.json<Listing_InteractionShape>('GET', `/api/v1/interactions`, query, undefined, options)
  }

  /** List jobs, newest first. */
  jobs_page(query: { before?: string | null; limit?: number; state?: string | null; action?: string | null; produces?: string | null; parent?: string | null; interaction?: string | null; subject?: string | null; provider?: string | null; preset?: string | null } = {}, options: Options = {}): Promise<Listing_JobShape> {
    return this.json<Listing_JobShape>('GET', `/api/v1/jobs`, query, undefined, options)
  }

  /** List runs, newest first. */
  runs_page(query: { before?: string | null; limit?: number; state?: string | null; workflow?: string | null; nested?: boolean } = {}, options: Options = {}): Promise<Listing_RunShape> {
    return this.json<Listing_RunShape>('GET', `/api/v1/runs`, query, undefined, options)
  }

  /** List the accounts, with what the ledger says of their last day. */
  accounts_page(query: { provider?: string | null } = {}, options: Options = {}): Promise<Listing_AccountShape> {
    return this.json<Listing_AccountShape>('GET', `/api/v1/accounts`, query, undefined, options)
  }

  /** List the actions that this key can run as functions of a language model, ready to be handed to it. */
  jobs_functions(query: { shape?: 'responses' | 'chat' } = {}, options: Options = {}): Promise<Listing_dict_str__Any> {
    return this.json<Listing_dict_str__Any>('GET', `/api/v1/functions`, query, undefined, options)
  }

  /** List the assets that an asset was made from, nearest first. */
  assets_lineage(asset: string, options: Options = {}): Promise<Listing_AssetShape> {
    return this.json<Listing_AssetShape>('GET', `/api/v1/assets/${encodeURIComponent(asset)}/lineage`, {}, undefined, options)
  }

  /** List the assets that were made from an asset, newest first. */
  assets_children(asset: string, options: Options = {}): Promise<Listing_AssetShape> {
    return this.json<Listing_AssetShape>('GET', `/api/v1/assets/${encodeURIComponent(asset)}/children`, {}, undefined, options)
  }

  /** List the budgets with how they stand, oldest first. */
  budgets_page(options: Options = {}): Promise<Listing_BudgetShape> {
    return this.json<Listing_BudgetShape>('GET', `/api/v1/budgets`, {}, undefined, options)
  }

  /** List the content filters that are installed, each with the schema of its settings. */
  configuration_filters(options: Options = {}): Promise<Listing_FilterShape> {
    return this.json<Listing_FilterShape>('GET', `/api/v1/housekeeping/filters`, {}, undefined, options)
  }

  /** List the keys that are not revoked. */
  keys_page(options: Options = {}): Promise<Listing_KeyShape> {
    return this.json<Listing_KeyShape>('GET', `/api/v1/keys`, {}, undefined, options)
  }

  /** List the lists that were run, newest first. */
  jobs_lists(query: { before?: string | null; limit?: number } = {}, options: Options = {}): Promise<Listing_JobShape> {
    return this.json<Listing_JobShape>('GET', `/api/v1/lists`, query, undefined, options)
  }

  /** List the messages of a conversation, newest first. */
  conversations_messages(conversation: string, query: { before?: string | null; limit?: number } = {}, options: Options = {}): Promise<Listing_MessageShape> {
    return this.json<Listing_MessageShape>('GET', `/api/v1/conversations/${encodeURIComponent(conversation)}/messages`, query, undefined, options)
  }

  /** List the models that an account can use, as its provider tells now. */
  accounts_models(account: string, options: Options = {}): Promise<Listing_dict_str__Any> {
    return this.json<Listing_dict_str__Any>('GET', `/api/v1/accounts/${encodeURIComponent(account)}/models`, {}, undefined, options)
  }

  /** List the newest version of each definition. */
  definitions_page(options: Options = {}): Promise<Listing_DefinitionShape> {
    return this.json<Listing_DefinitionShape>('GET', `/api/v1/definitions`, {}, undefined, options)
  }

  /** List the newest version of every preset, the highest priority first, then those that came with the server. */
  presets_page(options: Options = {}): Promise<Listing_PresetShape> {
    return this.json<Listing_PresetShape>('GET', `/api/v1/presets`, {}, undefined, options)
  }

  /** List the newest version of every workflow, then those that came with the installation. */
  workflows_page(options: Options = {}): Promise<Listing_WorkflowShape> {
    return this.json<Listing_WorkflowShape>('GET', `/api/v1/workflows`, {}, undefined, options)
  }

  /** List the paid calls of which nobody knows whether they were taken, with the money at stake, newest first. */
  jobs_doubts(query: { before?: string | null; limit?: number } = {}, options: Options = {}): Promise<Listing_DoubtShape> {
    return this.json<Listing_DoubtShape>('GET', `/api/v1/attention`, query, undefined, options)
  }

  /** List the workspaces of this installation. */
  workspaces_page(options: Options = {}): Promise<Listing_WorkspaceShape> {
    return this.json<Listing_WorkspaceShape>('GET', `/api/v1/workspaces`, {}, undefined, options)
  }

  /** List what a budget can be for. */
  forms_subjects(query: { of: 'workspace' | 'key' | 'account' | 'provider' | 'preset' | 'run' }, options: Options = {}): Promise<Listing_dict_str__Any> {
    return this.json<Listing_dict_str__Any>('GET', `/api/v1/forms/budget/choices/subject`, query, undefined, options)
  }

  /** List what a parameter can be, such as a model, as the provider tells now; empty where nobody tells. */
  catalog_choices(name: string, field: string, query: { account?: string | null } = {}, options: Options = {}): Promise<Listing_dict_str__Any> {
    return this.json<Listing_dict_str__Any>('GET', `/api/v1/actions/${encodeURIComponent(name)}/choices/${encodeURIComponent(field)}`, query, undefined, options)
  }

  /** List what can be made of an asset, each with the parameters that are known already. */
  assets_follow_ups(asset: string, options: Options = {}): Promise<Listing_FollowUpShape> {
    return this.json<Listing_FollowUpShape>('GET', `/api/v1/assets/${encodeURIComponent(asset)}/follow-ups`, {}, undefined, options)
  }

  /** List what every model costs that the catalog knows, or that a price was set for. */
  prices_page(query: { provider?: string | null } = {}, options: Options = {}): Promise<Listing_PriceShape> {
    return this.json<Listing_PriceShape>('GET', `/api/v1/prices`, query, undefined, options)
  }

  /** List who changed what, newest first. */
  audit_page(query: { before?: string | null; limit?: number; action?: string | null; subject?: string | null; key?: string | null } = {}, options: Options = {}): Promise<Listing_EntryShape> {
    return this.json<Listing_EntryShape>('GET', `/api/v1/audit`, query, undefined, options)
  }

  /** Look for servers on their usual ports and keys in their usual variables, on the server's own machine. */
  discovery_page(options: Options = {}): Promise<Listing_OfferShape> {
    return this.json<Listing_OfferShape>('GET', `/api/v1/discovery`, {}, undefined, options)
  }

  /** Make a budget; what its present period has cost already counts. */
  budgets_create(body: BudgetAsk, options: Options = {}): Promise<BudgetShape> {
    return this.json<BudgetShape>('POST', `/api/v1/budgets`, {}, body, options)
  }

  /** Make a fresh admin key of a workspace whose keys are lost; its token is shown this once. */
  workspaces_admit(workspace: string, options: Options = {}): Promise<NewKey> {
    return this.json<NewKey>('POST', `/api/v1/workspaces/${encodeURIComponent(workspace)}/keys`, {}, undefined, options)
  }

  /** Make a key; its token is shown this once. */
  keys_create(body: KeyAsk, options: Options = {}): Promise<NewKey> {
    return this.json<NewKey>('POST', `/api/v1/keys`, {}, body, options)
  }

  /** Make a link that signs one browser in once, with the caller's own key. */
  session_link(options: Options = {}): Promise<maquette__api__shape_catalog__LinkShape> {
    return this.json<maquette__api__shape_catalog__LinkShape>('POST', `/api/v1/session/links`, {}, undefined, options)
  }

  /** Make a new job from the request of a failed or cancelled one. */
  jobs_retry(job: string, options: Options = {}): Promise<JobShape> {
    return this.json<JobShape>('POST', `/api/v1/jobs/${encodeURIComponent(job)}/retry`, {}, undefined, options)
  }

  /** Make a workspace; the token of its first admin key is shown this once. */
  workspaces_create(body: WorkspaceAsk, options: Options = {}): Promise<NewWorkspace> {
    return this.json<NewWorkspace>('POST', `/api/v1/workspaces`, {}, body, options)
  }

  /** Make an account of a provider. */
  accounts_create(body: AccountAsk, options: Options = {}): Promise<AccountShape> {
    return this.json<AccountShape>('POST', `/api/v1/accounts`, {}, body, options)
  }

  /** Make an address that shows an asset to whoever holds it: signed for a while, or open where that is allowed. */
  assets_sign(asset: string, body: ShareAsk, options: Options = {}): Promise<SharedShape> {
    return this.json<SharedShape>('POST', `/api/v1/assets/${encodeURIComponent(asset)}/links`, {}, body, options)
  }

  /** Make media from a conversation, an image where nothing else is named; the last message is the default prompt. */
  conversations_generate(conversation: string, body: GenerateAsk, options: Options = {}): Promise<SaidShape> {
    return this.json<SaidShape>('POST', `/api/v1/conversations/${encodeURIComponent(conversation)}/generate`, {}, body, options)
  }

  /** Make pictures of articles as one job, those that are due or those that failed. */
  contents_generate(body: ImagesAsk, options: Options = {}): Promise<BegunShape> {
    return this.json<BegunShape>('POST', `/api/v1/contents/images`, {}, body, options)
  }

  /** Make the account of an offer; what a variable holds is sealed, and shown to nobody. */
  discovery_take(body: TakeAsk, options: Options = {}): Promise<AccountShape> {
    return this.json<AccountShape>('POST', `/api/v1/discovery`, {}, body, options)
  }

  /** Make the pictures of images or articles as one task; with `Prefer: wait`, answer when they are made. */
  writer_generate_images(body: { ids: Array<string | number> }, options: Options = {}): Promise<Response> {
    return this.call('POST', `/api/v1/writer/images/generate_images/`, {}, body, options)
  }

  /** Prove for free that a provider works, on the first of its accounts that does. */
  catalog_check(name: string, options: Options = {}): Promise<VerdictShape> {
    return this.json<VerdictShape>('POST', `/api/v1/providers/${encodeURIComponent(name)}/check`, {}, undefined, options)
  }

  /** Prove for free that an account works; one that does not is answered with the provider's error. */
  accounts_check(account: string, options: Options = {}): Promise<VerdictShape> {
    return this.json<VerdictShape>('POST', `/api/v1/accounts/${encodeURIComponent(account)}/check`, {}, undefined, options)
  }

  /** Prove for free that an account would work as it stands in a form, and keep nothing of it. */
  accounts_rehearse(body: AccountTrial, options: Options = {}): Promise<VerdictShape> {
    return this.json<VerdictShape>('POST', `/api/v1/accounts/check`, {}, body, options)
  }

  /** Put an asset into the bin; after a week it is gone with its bytes. */
  assets_remove(asset: string, options: Options = {}): Promise<void> {
    return this.json<void>('DELETE', `/api/v1/assets/${encodeURIComponent(asset)}`, {}, undefined, options)
  }

  /** Read the accounts, and the catalog's files, of the server's own machine again. */
  accounts_reload(options: Options = {}): Promise<Listing_AccountShape> {
    return this.json<Listing_AccountShape>('POST', `/api/v1/accounts/reload`, {}, undefined, options)
  }

  /** Read what happened in the workspace after a sequence number, for whoever cannot have the stream. */
  jobs_log(query: { after: number }, options: Options = {}): Promise<LogShape> {
    return this.json<LogShape>('GET', `/api/v1/log`, query, undefined, options)
  }

  /** Return the body of a definition as it is kept. */
  definitions_export(definition: string, options: Options = {}): Promise<Record<string, unknown>> {
    return this.json<Record<string, unknown>>('GET', `/api/v1/definitions/${encodeURIComponent(definition)}/export`, {}, undefined, options)
  }

  /** Return the form of a sub-action at one place of the data. */
  interactions_form(interaction: string, name: string, query: { path: string }, options: Options = {}): Promise<FormShape> {
    return this.json<FormShape>('GET', `/api/v1/interactions/${encodeURIComponent(interaction)}/actions/${encodeURIComponent(name)}/form`, query, undefined, options)
  }

  /** Return the workspace's templates, or those whose names are given with commas between, with their lists. */
  templates_export(query: { names?: string | null } = {}, options: Options = {}): Promise<Pack> {
    return this.json<Pack>('GET', `/api/v1/templates/pack`, query, undefined, options)
  }

  /** Return what serves by default, the accounts without their secrets, and every definition. */
  configuration_export(options: Options = {}): Promise<Document> {
    return this.json<Document>('GET', `/api/v1/configuration`, {}, undefined, options)
  }

  /** Revoke a key and end its sessions. */
  keys_revoke(key: string, options: Options = {}): Promise<void> {
    return this.json<void>('DELETE', `/api/v1/keys/${encodeURIComponent(key)}`, {}, undefined, options)
  }

  /** Run a function that a language model called, wait for it, and return what to hand back to the model. */
  jobs_run_function(name: string, body: FunctionAsk, options: Options = {}): Promise<FunctionShape> {
    return this.json<FunctionShape>('POST', `/api/v1/functions/${encodeURIComponent(name)}`, {}, body, options)
  }

  /** Run a sub-action and stream how it goes; with `Last-Event-ID`, take up the one that was running. */
  sub_actions_stream(workflow: string, body: SubActionAsk, options: Options = {}): Promise<Response> {
    return this.call('POST', `/api/v1/workflow/${encodeURIComponent(workflow)}/sub-action/stream`, {}, body, options)
  }

  /** Run a sub-action; the interaction stays open, and what is made shows in its results. */
  interactions_act(interaction: string, name: string, body: ActAsk, options: Options = {}): Promise<JobShape> {
    return this.json<JobShape>('POST', `/api/v1/interactions/${encodeURIComponent(interaction)}/actions/${encodeURIComponent(name)}`, {}, body, options)
  }

  /** Run an action for each row of a list; a list that could run no row as it is written is refused at once. */
  jobs_start_list(body: ListStart, options: Options = {}): Promise<JobShape> {
    return this.json<JobShape>('POST', `/api/v1/lists`, {}, body, options)
  }

  /** Say something, and have it answered by a job; `Accept` and `Prefer` say how to wait for that, as for any job. */
  conversations_say(conversation: string, body: MessageAsk, options: Options = {}): Promise<SaidShape> {
    return this.json<SaidShape>('POST', `/api/v1/conversations/${encodeURIComponent(conversation)}/messages`, {}, body, options)
  }

  /** Send a small picture of an asset. */
  assets_thumb(asset: string, side: string, options: Options = {}): Promise<Response> {
    return this.call('GET', `/api/v1/assets/${encodeURIComponent(asset)}/thumb/${encodeURIComponent(side)}`, {}, undefined, options)
  }

  /** Send all files that a job and those below it made, as one zip with a manifest. */
  jobs_archive(job: string, options: Options = {}): Promise<Response> {
    return this.call('GET', `/api/v1/jobs/${encodeURIComponent(job)}/archive`, {}, undefined, options)
  }

  /** Send the bytes of an asset to whoever holds its address. */
  assets_shared(asset: string, query: { until?: number | null; signature?: string | null } = {}, options: Options = {}): Promise<Response> {
    return this.call('GET', `/shared/${encodeURIComponent(asset)}`, query, undefined, options)
  }

  /** Send the bytes of an asset, or a range of them; a picture also in another format. */
  assets_content(asset: string, query: { download?: boolean; format?: 'png' | 'jpeg' | 'webp' | null } = {}, options: Options = {}): Promise<Response> {
    return this.call('GET', `/api/v1/assets/${encodeURIComponent(asset)}/content`, query, undefined, options)
  }

  /** Send the document and the files of its pictures as one zip. */
  contents_archive(content: string, options: Options = {}): Promise<Response> {
    return this.call('GET', `/api/v1/contents/${encodeURIComponent(content)}/archive`, {}, undefined, options)
  }

  /** Send the document with its pictures, linked by their addresses; a DOCX holds them itself. */
  contents_document(content: string, options: Options = {}): Promise<Response> {
    return this.call('GET', `/api/v1/contents/${encodeURIComponent(content)}/document`, {}, undefined, options)
  }

  /** Set how this workspace keeps house; the rules are followed once a day, from the next day on. */
  configuration_change_housekeeping(body: Housekeeping, options: Options = {}): Promise<Housekeeping> {
    return this.json<Housekeeping>('PUT', `/api/v1/housekeeping`, {}, body, options)
  }

  /** Set what a model costs here, in place of what the catalog says. */
  prices_put(provider: string, model: string, body: PriceAsk, options: Options = {}): Promise<PriceShape> {
    return this.json<PriceShape>('PUT', `/api/v1/prices/${encodeURIComponent(provider)}/${encodeURIComponent(model)}`, {}, body, options)
  }

  /** Set what this workspace wants for the pictures of its articles; older names of the settings are understood. */
  configuration_change_integration(body: ImageIntegration, options: Options = {}): Promise<ImageIntegration> {
    return this.json<ImageIntegration>('PUT', `/api/v1/integrations/image_generation`, {}, body, options)
  }

  /** Settle the attempt of which nobody knows whether it was accepted. */
  jobs_resolve(job: string, body: ResolveAsk, options: Options = {}): Promise<JobShape> {
    return this.json<JobShape>('POST', `/api/v1/jobs/${encodeURIComponent(job)}/resolve`, {}, body, options)
  }

  /** Show a list with the state, the files, the cost and the cause of each row. */
  jobs_show_list(job: string, options: Options = {}): Promise<ListShape> {
    return this.json<ListShape>('GET', `/api/v1/lists/${encodeURIComponent(job)}`, {}, undefined, options)
  }

  /** Show how this workspace keeps house. */
  configuration_show_housekeeping(options: Options = {}): Promise<Housekeeping> {
    return this.json<Housekeeping>('GET', `/api/v1/housekeeping`, {}, undefined, options)
  }

  /** Show one account. */
  accounts_show(account: string, options: Options = {}): Promise<AccountShape> {
    return this.json<AccountShape>('GET', `/api/v1/accounts/${encodeURIComponent(account)}`, {}, undefined, options)
  }

  /** Show one action; an unknown name is answered with near ones. */
  catalog_action(name: string, query: { model?: string | null } = {}, options: Options = {}): Promise<ActionShape> {
    return this.json<ActionShape>('GET', `/api/v1/actions/${encodeURIComponent(name)}`, query, undefined, options)
  }

  /** Show one article with its pictures as they are now. */
  contents_show(content: string, options: Options = {}): Promise<ContentShape> {
    return this.json<ContentShape>('GET', `/api/v1/contents/${encodeURIComponent(content)}`, {}, undefined, options)
  }

  /** Show one budget. */
  budgets_show(budget: string, options: Options = {}): Promise<BudgetShape> {
    return this.json<BudgetShape>('GET', `/api/v1/budgets/${encodeURIComponent(budget)}`, {}, undefined, options)
  }

  /** Show one conversation. */
  conversations_show(conversation: string, options: Options = {}): Promise<ConversationShape> {
    return this.json<ConversationShape>('GET', `/api/v1/conversations/${encodeURIComponent(conversation)}`, {}, undefined, options)
  }

  /** Show one definition. */
  definitions_show(definition: string, options: Options = {}): Promise<DefinitionShape> {
    return this.json<DefinitionShape>('GET', `/api/v1/definitions/${encodeURIComponent(definition)}`, {}, undefined, options)
  }

  /** Show one interaction with everything that was made in it so far. */
  interactions_show(interaction: string, options: Options = {}): Promise<InteractionShape> {
    return this.json<InteractionShape>('GET', `/api/v1/interactions/${encodeURIComponent(interaction)}`, {}, undefined, options)
  }

  /** Show one job with its attempts and assets. */
  jobs_show(job: string, options: Options = {}): Promise<JobShape> {
    return this.json<JobShape>('GET', `/api/v1/jobs/${encodeURIComponent(job)}`, {}, undefined, options)
  }

  /** Show one preset, by id or name. */
  presets_show(preset: string, options: Options = {}): Promise<PresetShape> {
    return this.json<PresetShape>('GET', `/api/v1/presets/${encodeURIComponent(preset)}`, {}, undefined, options)
  }

  /** Show one provider. */
  catalog_provider(name: string, options: Options = {}): Promise<ProviderShape> {
    return this.json<ProviderShape>('GET', `/api/v1/providers/${encodeURIComponent(name)}`, {}, undefined, options)
  }

  /** Show one run: how each step goes, what it asks of a person, what it has cost. */
  runs_show(run: string, options: Options = {}): Promise<RunShape> {
    return this.json<RunShape>('GET', `/api/v1/runs/${encodeURIComponent(run)}`, {}, undefined, options)
  }

  /** Show one template, by id or name. */
  templates_show(template: string, options: Options = {}): Promise<TemplateShape> {
    return this.json<TemplateShape>('GET', `/api/v1/templates/${encodeURIComponent(template)}`, {}, undefined, options)
  }

  /** Show one workflow, by id or name; in YAML its document alone. */
  workflows_show(workflow: string, query: { format?: 'json' | 'yaml' } = {}, options: Options = {}): Promise<WorkflowShape> {
    return this.json<WorkflowShape>('GET', `/api/v1/workflows/${encodeURIComponent(workflow)}`, query, undefined, options)
  }

  /** Show the JSON Schema of a form, with the choices that there are here and now. */
  forms_show(name: string, options: Options = {}): Promise<Record<string, unknown>> {
    return this.json<Record<string, unknown>>('GET', `/api/v1/forms/${encodeURIComponent(name)}`, {}, undefined, options)
  }

  /** Show the example picture of a template that came with the installation, painted by the built-in painter. */
  templates_picture(template: string, options: Options = {}): Promise<Response> {
    return this.call('GET', `/api/v1/templates/${encodeURIComponent(template)}/picture`, {}, undefined, options)
  }

  /** Show the newest unfinished picture of a job. */
  jobs_preview(job: string, options: Options = {}): Promise<Response> {
    return this.call('GET', `/api/v1/jobs/${encodeURIComponent(job)}/preview`, {}, undefined, options)
  }

  /** Show the settings by which pictures are made, and their schema. */
  contents_settings(options: Options = {}): Promise<Record<string, unknown>> {
    return this.json<Record<string, unknown>>('GET', `/api/v1/contents/settings`, {}, undefined, options)
  }

  /** Show what a template that is not kept would become with its examples. */
  templates_preview(body: PreviewAsk, options: Options = {}): Promise<maquette__api__shape_template__PreviewShape> {
    return this.json<maquette__api__shape_template__PreviewShape>('POST', `/api/v1/templates/preview`, {}, body, options)
  }

  /** Show what an action's example leads to. */
  catalog_example_picture(name: string, number: string, options: Options = {}): Promise<Response> {
    return this.call('GET', `/api/v1/actions/${encodeURIComponent(name)}/examples/${encodeURIComponent(number)}/picture`, {}, undefined, options)
  }

  /** Show what is known of one asset. */
  assets_show(asset: string, options: Options = {}): Promise<AssetShape> {
    return this.json<AssetShape>('GET', `/api/v1/assets/${encodeURIComponent(asset)}`, {}, undefined, options)
  }

  /** Show what this workspace sets for the pictures of its articles. */
  configuration_show_integration(options: Options = {}): Promise<ImageIntegration> {
    return this.json<ImageIntegration>('GET', `/api/v1/integrations/image_generation`, {}, undefined, options)
  }

  /** Stream everything that happens in the workspace, from now on or from a sequence number. */
  jobs_stream(query: { after?: number | null } = {}, options: Options = {}): Promise<Response> {
    return this.call('GET', `/api/v1/events`, query, undefined, options)
  }

  /** Stream the events of one job until it is final. */
  jobs_events(job: string, query: { after?: number | null } = {}, options: Options = {}): Promise<Response> {
    return this.call('GET', `/api/v1/jobs/${encodeURIComponent(job)}/events`, query, undefined, options)
  }

  /** Summarise a conversation: in its own sentences, or by a job of what `reply` names. */
  conversations_summary(conversation: string, body: SummaryAsk, options: Options = {}): Promise<SummaryShape> {
    return this.json<SummaryShape>('POST', `/api/v1/conversations/${encodeURIComponent(conversation)}/summary`, {}, body, options)
  }

  /** Take a document over, all of it or nothing; what it does not name stays as it is. */
  configuration_apply(body: Record<string, unknown>, options: Options = {}): Promise<maquette__api__shape_audit__ImportedShape> {
    return this.json<maquette__api__shape_audit__ImportedShape>('POST', `/api/v1/configuration`, {}, body, options)
  }

  /** Take a job for this provider alone; the header `Accept` or `Prefer` says how to wait for it, as for any job. */
  jobs_generate_by(name: string, body: ProviderAsk, options: Options = {}): Promise<JobShape> {
    return this.json<JobShape>('POST', `/api/v1/providers/${encodeURIComponent(name)}/generate`, {}, body, options)
  }

  /** Take a job; the header `Accept` or `Prefer` says how to wait for it. */
  jobs_create(body: JobAsk, options: Options = {}): Promise<JobShape> {
    return this.json<JobShape>('POST', `/api/v1/jobs`, {}, body, options)
  }

  /** Take a pack of templates over, all of it or nothing. */
  templates_take(body: PackAsk, options: Options = {}): Promise<TakenShape> {
    return this.json<TakenShape>('POST', `/api/v1/templates/pack`, {}, body, options)
  }

  /** Take back what the workspace changed of a shipped template. */
  templates_reset(template: string, options: Options = {}): Promise<TemplateShape> {
    return this.json<TemplateShape>('POST', `/api/v1/templates/${encodeURIComponent(template)}/reset`, {}, undefined, options)
  }

  /** Tell by provider and model what was estimated and what it was settled at, the dearest first. */
  ledger_drift(query: { days?: number } = {}, options: Options = {}): Promise<DriftListing> {
    return this.json<DriftListing>('GET', `/api/v1/ledger/drift`, query, undefined, options)
  }

  /** Tell how a provider does, from the ledger. */
  catalog_status(name: string, options: Options = {}): Promise<ProviderStatus> {
    return this.json<ProviderStatus>('GET', `/api/v1/providers/${encodeURIComponent(name)}/status`, {}, undefined, options)
  }

  /** Tell how an asset was made; 404 for one that was uploaded. */
  assets_recipe(asset: string, options: Options = {}): Promise<RecipeShape> {
    return this.json<RecipeShape>('GET', `/api/v1/assets/${encodeURIComponent(asset)}/recipe`, {}, undefined, options)
  }

  /** Tell that the database answers too; 503 if it does not. */
  health_readyz(options: Options = {}): Promise<HealthAnswer> {
    return this.json<HealthAnswer>('GET', `/readyz`, {}, undefined, options)
  }

  /** Tell that the server answers; asks nothing of the database. */
  health_healthz(options: Options = {}): Promise<HealthAnswer> {
    return this.json<HealthAnswer>('GET', `/healthz`, {}, undefined, options)
  }

  /** Tell what a conversation says of a scene, by fixed rules: names, setting, style, mood, the last message. */
  conversations_context(conversation: string, options: Options = {}): Promise<ContextShape> {
    return this.json<ContextShape>('POST', `/api/v1/conversations/${encodeURIComponent(conversation)}/context`, {}, undefined, options)
  }

  /** Tell what a job would cost and by which candidates, without making it. */
  jobs_estimate(body: JobAsk, options: Options = {}): Promise<EstimateShape> {
    return this.json<EstimateShape>('POST', `/api/v1/estimate`, {}, body, options)
  }

  /** Tell what a list would do, row by row, without running it; its columns and faults are named. */
  jobs_preview_list(body: ListAsk, options: Options = {}): Promise<maquette__api__shape_list__PreviewShape> {
    return this.json<maquette__api__shape_list__PreviewShape>('POST', `/api/v1/lists/preview`, {}, body, options)
  }

  /** Tell what an asset cost, with failed attempts, rejected variants and the assets that it was made from. */
  assets_cost(asset: string, options: Options = {}): Promise<AssetCostShape> {
    return this.json<AssetCostShape>('GET', `/api/v1/assets/${encodeURIComponent(asset)}/cost`, {}, undefined, options)
  }

  /** Tell what the filter of pictures knows a picture by. */
  assets_fingerprint(asset: string, options: Options = {}): Promise<FingerprintShape> {
    return this.json<FingerprintShape>('GET', `/api/v1/assets/${encodeURIComponent(asset)}/fingerprint`, {}, undefined, options)
  }

  /** Tell what the last days came to: jobs by day, and how each provider and action fared. */
  stats_show(query: { days?: number } = {}, options: Options = {}): Promise<StatsShape> {
    return this.json<StatsShape>('GET', `/api/v1/stats`, query, undefined, options)
  }

  /** Tell what the rules would let go, or let it go into the bin now. */
  configuration_tidy(body: TidyAsk, options: Options = {}): Promise<TidyShape> {
    return this.json<TidyShape>('POST', `/api/v1/housekeeping/tidy`, {}, body, options)
  }

  /** Tell whether a document could be saved, and keep nothing of it. */
  workflows_check(body: Record<string, unknown>, options: Options = {}): Promise<CheckShape> {
    return this.json<CheckShape>('POST', `/api/v1/workflows/check`, {}, body, options)
  }

  /** Tell which candidates would serve a request, why the others would not, and for how much; nothing is run. */
  presets_plan(preset: string, body: PresetTrial, options: Options = {}): Promise<PresetPlanShape> {
    return this.json<PresetPlanShape>('POST', `/api/v1/presets/${encodeURIComponent(preset)}/plan`, {}, body, options)
  }

  /** Tell who is asking. */
  session_show(options: Options = {}): Promise<SessionShape> {
    return this.json<SessionShape>('GET', `/api/v1/session`, {}, undefined, options)
  }

  /** Trade the code of a link for a cookie, and go to the first page; nowhere else. */
  session_sign_in(query: { code: string }, options: Options = {}): Promise<Response> {
    return this.call('GET', `/sign-in`, query, undefined, options)
  }

  /** Write out what a varied prompt becomes: every combination, or some that are drawn. */
  templates_vary(body: VaryAsk, options: Options = {}): Promise<VariedShape> {
    return this.json<VariedShape>('POST', `/api/v1/templates/vary`, {}, body, options)
  }
}
