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

export type AccountFigures = { account: string; attempts: number; p50_ms: number | null; p95_ms: number | null; spend: number; succeeded: number; title: string }

export type AccountShape = { concurrency: number; cooldown_until: number | null; created_at: number; enabled: boolean; headroom: Record<string, RoomShape>; health: HealthShape; id: string; models: Array<string> | null; name: string; origin: string; per_day: number | null; per_minute: number | null; provider: string; recovers_at: number | null; secrets: Array<string>; settings: Record<string, unknown>; state: 'active' | 'inactive' | 'error' | 'rate_limited'; timeout_s: number; updated_at: number | null }

export type AccountTrial = { account?: string | null; concurrency?: number | null; enabled?: boolean | null; models?: Array<string> | null; name?: string | null; per_day?: number | null; per_minute?: number | null; provider: string; settings?: Record<string, unknown>; timeout_s?: number | null }

export type ActAsk = { account?: string | null; params?: Record<string, unknown>; path: string }

export type ActionFigures = { action: string; attempts: number; count: number; p50_ms: number | null; p95_ms: number | null; spend: number; succeeded: number; title: string }

export type ActionShape = { accepts: Record<string, Array<'image' | 'video' | 'audio' | 'text' | 'document'>>; composite?: boolean; free: boolean; name: string; phases?: Record<string, string>; produces: 'image' | 'video' | 'audio' | 'text' | 'document' | 'data'; provider: string; schema: Record<string, unknown>; summary: string; title: string }

export type AssetShape = { action: string | null; attempt: string | null; created_at: number; digest: string; duration_ms: number | null; height: number | null; id: string; index: number; job: string | null; media: 'image' | 'video' | 'audio' | 'text' | 'document'; mime: string; name: string; notes: Record<string, unknown>; pages: number | null; prompt: string | null; provider: string | null; seed: number | null; size: number; source: 'model' | 'algorithm' | 'typeset' | 'unknown'; thumbhash: string | null; urls: AssetUrls; width: number | null }

export type AssetUrls = { content: string; medium: string | null; small: string | null }

export type AttemptShape = { accepted_at: number | null; account: string; action: string; cost: number | null; cost_amount: string | null; cost_source: string | null; ended_at: number | null; error: Record<string, unknown> | null; estimate: number; id: string; late: boolean; model: string | null; number: number; provider: string; sent_at: number | null; state: 'prepared' | 'sending' | 'accepted' | 'not_sent' | 'refused' | 'succeeded' | 'failed' | 'cancelled' | 'unknown' }

export type Attention = { account: string; attempt: string; money_at_stake: number; provider: string; reason: string; since: number | null }

export type CapabilityShape = { asyncOnly: boolean; maxResolution: Resolution; media: Array<'image' | 'video' | 'audio' | 'text' | 'document'>; supportsAudio: boolean; supportsImage: boolean; supportsVideo: boolean }

export type CheckShape = { errors: Array<FaultShape>; valid: boolean }

export type CostShape = { micro_usd: number }

export type CountShape = { count: number; newest: string | null }

export type Creation = { default_provider?: string | null; fallback_chain?: Array<string> }

export type DayShape = { cancelled: number; day: string; failed: number; succeeded: number }

export type DefinitionAsk = { account?: string | null; document: Record<string, unknown>; name: string; provider: string }

export type DefinitionEntry = { body: Record<string, unknown>; kind: 'graph' | 'workflow' | 'preset'; name: string; provider?: string | null }

export type DefinitionShape = { actions: Array<string>; id: string; kind: string; name: string; provider: string | null; version: number }

export type Document = { accounts?: Array<AccountEntry>; definitions?: Array<DefinitionEntry>; made_by?: string; media_creation?: Creation | null; version?: 1 }

export type Entry = { account?: string | null; action: string; params?: Record<string, unknown>; weight?: number }

export type EntryShape = { action: string; after: Record<string, unknown> | null; at: number; before: Record<string, unknown> | null; id: string; key: string | null; subject: string }

export type EstimateShape = { currency: 'USD'; likely: number; max: number; min: number; plan?: Array<PlannedShape>; source: string; warnings?: Array<Record<string, unknown>> } & Record<string, unknown>

export type FaultShape = { column?: number | null; line?: number | null; message: string; path: string }

export type FollowUpShape = { action: string; field: string; params: Record<string, unknown>; provider: string; title: string }

export type FormShape = { defaults: Record<string, unknown>; schema: Record<string, unknown>; served_by: ServedShape }

export type HealthAnswer = { database: string; engine: string; status: string; version: string }

export type HealthShape = { attempts: Record<string, number>; latency_ms: number | null; spend: number; state: 'ok' | 'failing' | 'resting' | 'disabled' | 'untried'; success_rate: number | null }

export type ImportShape = { accept: string; title: string }

export type ImportedShape = { created: Array<string>; left_out: Array<string>; needs_secrets: Array<WaitingShape>; unchanged: number; updated: Array<string> }

export type InteractionShape = { answered_at: number | null; answered_by: string | null; as_of?: number | null; created_at: number; data: unknown; deadline_at: number | null; description: string; display_schema: Record<string, unknown>; id: string; job: string; mode: 'active' | 'history'; operation: string | null; response: Record<string, unknown> | null; response_schema: Record<string, unknown>; results: Record<string, Array<ResultShape>>; run: string; select: SelectShape | null; state: 'open' | 'answered' | 'expired' | 'cancelled'; step_title: string | null; sub_actions: Record<string, SubActionShape>; submit: SubmitShape; title: string; workflow_title: string | null }

export type JobAsk = { account?: string | null; action?: string | null; interaction?: string | null; max_attempts?: number | null; media?: 'image' | 'video' | 'audio' | 'text' | 'document' | null; params?: Record<string, unknown>; preset?: string | null; priority?: number; source?: Record<string, unknown> | null; strict?: boolean; subject?: string | null }

export type JobShape = { action: string; as_of?: number | null; assets: Array<AssetShape>; attempts: Array<AttemptShape>; attention: Attention | null; children: Array<string>; cost: CostShape; created_at: number; ended_at: number | null; error: Record<string, unknown> | null; id: string; interaction: string | null; params: Record<string, unknown>; parent: string | null; preset: string | null; preset_version: number | null; produces: 'image' | 'video' | 'audio' | 'text' | 'document' | 'data'; reserved: number; result: unknown | null; source: Record<string, unknown> | null; started_at: number | null; state: 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled'; strategy: string | null; subject: string | null; tally: Tally | null; waiting_for: string | null; wake_at: number | null; warnings: Array<Record<string, unknown>> }

export type KeyAsk = { expires_at?: number | null; name: string; per_minute?: number | null; role: 'admin' | 'member' | 'viewer'; scopes?: Array<string> | null }

export type KeyShape = { created_at: number; created_by: string | null; expires_at: number | null; id: string; name: string; per_minute: number | null; role: 'admin' | 'member' | 'viewer'; scopes: Array<string> | null }

export type LeftOutShape = { account: string | null; action: string; candidate: number; code: string; why: string }

export type LinkShape = { expires_at: number; url: string }

export type Listing_AccountShape = { as_of?: number | null; items: Array<AccountShape>; next?: string | null }

export type Listing_ActionShape = { as_of?: number | null; items: Array<ActionShape>; next?: string | null }

export type Listing_AssetShape = { as_of?: number | null; items: Array<AssetShape>; next?: string | null }

export type Listing_DefinitionShape = { as_of?: number | null; items: Array<DefinitionShape>; next?: string | null }

export type Listing_EntryShape = { as_of?: number | null; items: Array<EntryShape>; next?: string | null }

export type Listing_FollowUpShape = { as_of?: number | null; items: Array<FollowUpShape>; next?: string | null }

export type Listing_InteractionShape = { as_of?: number | null; items: Array<InteractionShape>; next?: string | null }

export type Listing_JobShape = { as_of?: number | null; items: Array<JobShape>; next?: string | null }

export type Listing_KeyShape = { as_of?: number | null; items: Array<KeyShape>; next?: string | null }

export type Listing_PresetShape = { as_of?: number | null; items: Array<PresetShape>; next?: string | null }

export type Listing_ProviderShape = { as_of?: number | null; items: Array<ProviderShape>; next?: string | null }

export type Listing_RunShape = { as_of?: number | null; items: Array<RunShape>; next?: string | null }

export type Listing_WorkflowShape = { as_of?: number | null; items: Array<WorkflowShape>; next?: string | null }

export type Listing_dict_str__Any = { as_of?: number | null; items: Array<Record<string, unknown>>; next?: string | null }

export type NewKey = { created_at: number; created_by: string | null; expires_at: number | null; id: string; name: string; per_minute: number | null; role: 'admin' | 'member' | 'viewer'; scopes: Array<string> | null; token: string }

export type PlannedShape = { account: string; action: string; price: Price | null }

export type Preset = { aggressive?: boolean; candidates: Array<Entry>; defaults?: Record<string, unknown>; description?: string; enabled?: boolean; max_attempts?: number | null; media: 'image' | 'video' | 'audio' | 'text' | 'document'; name?: string; on_moderation?: 'stop' | 'next'; pick?: 'person' | 'first' | 'all'; priority?: number; strategy?: 'fallback' | 'weighted' | 'ensemble' | 'sequential' | 'adaptive'; title: string }

export type PresetFigures = { cancelled: number; failed: number; jobs: number; preset: string; spend: number; succeeded: number; success_rate: number | null; title: string }

export type PresetPlanShape = { candidates: Array<RoutedShape>; estimate: SumShape; left_out: Array<LeftOutShape>; preset: string; strategy: 'fallback' | 'weighted' | 'ensemble' | 'sequential' | 'adaptive'; version: number; warnings: Array<Record<string, string>>; why: string }

export type PresetShape = { aggressive: boolean; candidates: Array<Entry>; created_at: number | null; defaults: Record<string, unknown>; description: string; enabled: boolean; id: string; max_attempts: number | null; media: 'image' | 'video' | 'audio' | 'text' | 'document'; name: string; on_moderation: 'stop' | 'next'; origin: 'user' | 'shipped'; pick: 'person' | 'first' | 'all'; priority: number; strategy: 'fallback' | 'weighted' | 'ensemble' | 'sequential' | 'adaptive'; title: string; version: number; warnings: Array<Record<string, string>> }

export type PresetTrial = { params?: Record<string, unknown>; strict?: boolean }

export type Price = { high: number; likely: number; low: number; source: string }

export type ProblemShape = { code: string; detail: string; hint: string; status: number; title: string; type: string } & Record<string, unknown>

export type ProviderAccount = { health: 'ok' | 'failing' | 'resting' | 'disabled' | 'untried'; id: string; name: string }

export type ProviderFigures = { attempts: number; p50_ms: number | null; p95_ms: number | null; provider: string; spend: number; succeeded: number; title: string }

export type ProviderShape = { accounts: Array<ProviderAccount>; actions: Array<string>; capabilities: CapabilityShape; hooks: Array<string>; id: string; imports?: ImportShape | null; keyless: boolean; media: Array<'image' | 'video' | 'audio' | 'text' | 'document'>; name: string; secrets: Array<string>; settings: Record<string, unknown>; status: string; summary: string; title: string }

export type ProviderStatus = { accounts: Array<ProviderAccount>; name: string; status: string }

export type RecipeShape = { maquette: Record<string, unknown>; parameters: string }

export type Resolution = { h: number | null; w: number | null }

export type ResolveAsk = { asset?: string | null; handle?: unknown | null; how: 'resubmit' | 'attach' | 'give_up' }

export type ResultShape = { action: string; assets: Array<AssetShape>; cost: CostShape; created_at: number; ended_at: number | null; error: Record<string, unknown> | null; id: string; params: Record<string, unknown>; started_at: number | null; state: 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled'; subject: string | null; waiting_for: string | null; warnings: Array<Record<string, unknown>> }

export type RoomShape = { left: number | null; limit: number | null; used: number }

export type RoutedShape = { account: string; action: string; candidate: number; figures: Record<string, unknown>; params: Record<string, unknown>; price: Price | null; warnings: Array<Record<string, unknown>> }

export type RunAsk = { inputs?: Record<string, unknown> }

export type RunShape = { as_of?: number | null; cost: CostShape; created_at: number; ended_at: number | null; error: Record<string, unknown> | null; id: string; retry_of?: string | null; started_at: number | null; state: 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled'; state_values: Record<string, unknown>; steps: Array<StepShape>; title: string; version: number | null; waiting_for: string | null; workflow: string }

export type SelectShape = { field: string; from: 'results' | 'data'; max: number; media: Array<string> | null; min: number }

export type ServedShape = { action: string; note: string | null; provider_title: string }

export type SessionShape = { key: string | null; role: 'admin' | 'member' | 'viewer'; via: string; workspace: string }

export type StatsShape = { accounts: Array<AccountFigures>; actions: Array<ActionFigures>; as_of: number; jobs: Array<DayShape>; presets: Array<PresetFigures>; providers: Array<ProviderFigures>; totals: TotalShape }

export type StepBriefShape = { id: string; kind: string; module_id: string | null; title: string }

export type StepShape = { cost: CostShape; display: Record<string, unknown> | null; ended_at: number | null; error: Record<string, unknown> | null; id: string; interaction: string | null; job: string | null; module_id: string | null; result: unknown | null; started_at: number | null; state: 'pending' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'skipped'; title: string }

export type SubActionAsk = { action_type: string; interaction_id: string; operation: string; params?: Record<string, unknown>; prompt_id: string; provider: string; source_data?: Record<string, unknown> | null }

export type SubActionShape = { action_type: string; action_type_template: string; key: string; param_defaults: Record<string, Record<string, unknown>>; param_schema: Record<string, Record<string, unknown>>; pending_title: string; served_by: Record<string, ServedShape>; target: string; title: string }

export type SubmitShape = { title: string }

export type SumShape = { currency: 'USD'; known: boolean; likely: number; max: number; min: number; unit: 'micro' }

export type Tally = { failed: number; succeeded: number; total: number }

export type TotalShape = { attempts: number; cancelled: number; failed: number; jobs: number; spend: number; succeeded: number }

export type VerdictShape = { error?: Record<string, unknown> | null; latency_ms?: number | null; success: boolean }

export type WaitingShape = { account: string; name: string; secrets: Array<string> }

export type WorkflowShape = { created_at: number | null; description: string; document: Record<string, unknown>; id: string; inputs: Record<string, unknown>; name: string; origin: 'user' | 'shipped'; steps: Array<StepBriefShape>; title: string; version: number }

export type ask_choose = { assets?: Array<string>; deadline_s?: number; description?: string; max?: number; min?: number; on_deadline?: 'fail' | 'default' | 'remind'; options?: Array<string>; submit_title?: string; title?: string }

export type ask_form = { data?: unknown; deadline_s?: number; default?: Record<string, unknown>; description?: string; display_schema?: Record<string, unknown>; form: Record<string, unknown>; on_deadline?: 'fail' | 'default' | 'remind'; submit_title?: string; title?: string }

export type asset_export = { assets: Array<string>; format?: 'original' | 'png' | 'jpeg' | 'webp'; max_side?: number; name?: string }

export type http_request = { account?: string; body?: Record<string, unknown>; headers?: Record<string, string>; method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'; url: string }

export type media_comfyui_txt2img = { guidance?: number; height?: number; model?: string; n?: number; negative_prompt?: string; prompt: string; sampler?: string; scheduler?: string; seed?: number; steps?: number; width?: number }

export type media_converter_reformat = { format?: 'original' | 'png' | 'jpeg' | 'webp'; images: Array<string>; max_side?: number; quality?: number }

export type media_ensemble = { asked?: Record<string, unknown>; members: Array<{ account?: string; action: string; params?: Record<string, unknown> }>; pick?: 'person' | 'first' | 'all'; title?: string }

export type media_generate = { account?: string; action: string; params?: Record<string, unknown> }

export type media_generation = { data: Record<string, unknown>; deadline_s?: number; description?: string; display_of?: 'content' | 'data'; display_schema?: Record<string, unknown>; max?: number; min?: number; on_deadline?: 'fail' | 'remind'; operation?: string; scope?: Record<string, unknown>; sub_actions?: Record<string, unknown>; submit_title?: string; title?: string }

export type media_http_request = { body?: Record<string, unknown>; headers?: Record<string, string>; method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'; url: string }

export type media_narrator_speech = { format?: 'wav' | 'mp3' | 'flac' | 'opus'; language?: 'af' | 'am' | 'an' | 'ar' | 'as' | 'az' | 'ba' | 'be' | 'bg' | 'bn' | 'bpy' | 'bs' | 'ca' | 'ca-ba' | 'ca-nw' | 'ca-va' | 'chr' | 'cmn' | 'cmn-latn-pinyin' | 'cs' | 'cv' | 'cy' | 'da' | 'de' | 'el' | 'en' | 'en-029' | 'en-gb-scotland' | 'en-gb-x-gbclan' | 'en-gb-x-gbcwmd' | 'en-gb-x-rp' | 'en-shaw' | 'en-us' | 'en-us-nyc' | 'eo' | 'es' | 'es-419' | 'et' | 'eu' | 'fa' | 'fa-latn' | 'fi' | 'fr' | 'fr-be' | 'fr-ch' | 'ga' | 'gd' | 'gn' | 'grc' | 'gu' | 'hak' | 'haw' | 'he' | 'hi' | 'hr' | 'ht' | 'hu' | 'hy' | 'hyw' | 'ia' | 'id' | 'io' | 'is' | 'it' | 'ja' | 'jbo' | 'ka' | 'kk' | 'kl' | 'kn' | 'ko' | 'kok' | 'ku' | 'ky' | 'la' | 'lb' | 'lfn' | 'lt' | 'ltg' | 'lv' | 'mi' | 'mk' | 'ml' | 'mr' | 'ms' | 'mt' | 'mto' | 'my' | 'nb' | 'nci' | 'ne' | 'nl' | 'nog' | 'om' | 'or' | 'pa' | 'pap' | 'piqd' | 'pl' | 'pt' | 'pt-br' | 'py' | 'qdb' | 'qu' | 'quc' | 'qya' | 'ro' | 'ru' | 'ru-cl' | 'ru-lv' | 'sd' | 'shn' | 'si' | 'sjn' | 'sk' | 'sl' | 'smj' | 'sq' | 'sr' | 'sv' | 'sw' | 'ta' | 'te' | 'th' | 'ti' | 'tk' | 'tn' | 'tr' | 'tt' | 'ug' | 'uk' | 'ur' | 'uz' | 'vi' | 'vi-vn-x-central' | 'vi-vn-x-south' | 'yue' | 'yue-latn-jyutping'; pitch?: number; prompt: string; rate?: number; voice?: 'plain' | 'woman' | 'woman-bright' | 'man' | 'man-deep' | 'elder' | 'whisper' }

export type media_openai_img2img = { background?: 'auto' | 'opaque' | 'transparent'; complexity?: 'auto' | 'low' | 'medium' | 'high'; compression?: number; format?: 'png' | 'jpeg' | 'webp'; image: string; mask?: string; model?: string; n?: number; partial_images?: number; prompt: string; quality?: 'auto' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'; references?: Array<string>; size?: string }

export type media_openai_inpaint = { background?: 'auto' | 'opaque' | 'transparent'; complexity?: 'auto' | 'low' | 'medium' | 'high'; compression?: number; format?: 'png' | 'jpeg' | 'webp'; image: string; mask: string; model?: string; n?: number; partial_images?: number; prompt: string; quality?: 'auto' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'; size?: string }

export type media_openai_speech = { format?: 'mp3' | 'opus' | 'aac' | 'flac' | 'wav'; instructions?: string; model?: string; prompt: string; speed?: number; voice?: string }

export type media_openai_txt2img = { background?: 'auto' | 'opaque' | 'transparent'; complexity?: 'auto' | 'low' | 'medium' | 'high'; compression?: number; format?: 'png' | 'jpeg' | 'webp'; model?: string; moderation?: 'auto' | 'low'; n?: number; partial_images?: number; prompt: string; quality?: 'auto' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'; size?: string }

export type media_openai_txt2txt = { effort?: 'auto' | 'minimal' | 'low' | 'medium' | 'high'; instructions?: string; json_schema?: Record<string, unknown>; max_tokens?: number; model?: string; prompt: string }

export type media_painter_img2img = { image: string; n?: number; prompt: string; seed?: number; strength?: number }

export type media_painter_inpaint = { image: string; mask: string; n?: number; prompt: string; seed?: number }

export type media_painter_txt2img = { height?: number; n?: number; prompt: string; seed?: number; width?: number }

export type media_painter_upscale = { factor?: 2 | 3 | 4; image: string }

export type media_painter_vary = { image: string; n?: number; seed?: number; strength?: number }

export type media_sequence = { asked?: Record<string, unknown>; members: Array<{ account?: string; action: string; params?: Record<string, unknown> }>; title?: string }

export type media_slideshow_img2vid = { aspect_ratio?: '16:9' | '9:16' | '1:1' | '4:3' | '3:4' | '21:9'; duration?: number; fps?: number; image: string; images?: Array<string>; language?: string; motion?: 'auto' | 'zoom_in' | 'zoom_out' | 'pan_left' | 'pan_right'; narrate?: boolean; prompt?: string; resolution?: '480p' | '720p' | '1080p' }

export type media_slideshow_txt2vid = { aspect_ratio?: '16:9' | '9:16' | '1:1' | '4:3' | '3:4' | '21:9'; duration?: number; fps?: number; language?: string; motion?: 'auto' | 'zoom_in' | 'zoom_out' | 'pan_left' | 'pan_right'; narrate?: boolean; prompt: string; resolution?: '480p' | '720p' | '1080p'; seed?: number }

export type media_typesetter_document = { author?: string; font_size?: number; format?: 'pdf' | 'docx'; images?: Array<string>; language?: string; paper?: 'a4' | 'letter'; prompt: string; title?: string; title_page?: boolean }

export type media_writer_txt2txt = { kind?: 'article' | 'caption' | 'alt_text' | 'outline' | 'storyboard' | 'blurb'; length?: 'short' | 'medium' | 'long'; n?: number; prompt: string; seed?: number; tone?: 'neutral' | 'friendly' | 'formal' | 'playful' }

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

  /** Ask for a job to be stopped; a final one stays as it is. */
  jobs_cancel(job: string, options: Options = {}): Promise<JobShape> {
    return this.json<JobShape>('POST', `/api/v1/jobs/${encodeURIComponent(job)}/cancel`, {}, undefined, options)
  }

  /** Begin a run of the newest version. */
  workflows_start(workflow: string, body: RunAsk, options: Options = {}): Promise<RunShape> {
    return this.json<RunShape>('POST', `/api/v1/workflows/${encodeURIComponent(workflow)}/runs`, {}, body, options)
  }

  /** Bring an asset back from the bin. */
  assets_restore(asset: string, options: Options = {}): Promise<AssetShape> {
    return this.json<AssetShape>('POST', `/api/v1/assets/${encodeURIComponent(asset)}/restore`, {}, undefined, options)
  }

  /** Change an account; a new server asks for the secrets again. */
  accounts_change(account: string, body: AccountChange, options: Options = {}): Promise<AccountShape> {
    return this.json<AccountShape>('PATCH', `/api/v1/accounts/${encodeURIComponent(account)}`, {}, body, options)
  }

  /** Count the assets that fit, and name the newest. */
  assets_count(query: { media?: string | null; provider?: string | null; action?: string | null; job?: string | null; mime?: string | null; digest?: string | null; q?: string | null } = {}, options: Options = {}): Promise<CountShape> {
    return this.json<CountShape>('GET', `/api/v1/assets/count`, query, undefined, options)
  }

  /** Delete a definition and its action. */
  definitions_remove(definition: string, options: Options = {}): Promise<void> {
    return this.json<void>('DELETE', `/api/v1/definitions/${encodeURIComponent(definition)}`, {}, undefined, options)
  }

  /** Delete a preset; jobs that it made go on. */
  presets_remove(preset: string, options: Options = {}): Promise<void> {
    return this.json<void>('DELETE', `/api/v1/presets/${encodeURIComponent(preset)}`, {}, undefined, options)
  }

  /** Delete a workflow; runs that have begun go on. */
  workflows_remove(workflow: string, options: Options = {}): Promise<void> {
    return this.json<void>('DELETE', `/api/v1/workflows/${encodeURIComponent(workflow)}`, {}, undefined, options)
  }

  /** Delete an account and its secrets; refused while work is under way on it. */
  accounts_remove(account: string, options: Options = {}): Promise<void> {
    return this.json<void>('DELETE', `/api/v1/accounts/${encodeURIComponent(account)}`, {}, undefined, options)
  }

  /** End the session of this browser. */
  session_sign_out(options: Options = {}): Promise<void> {
    return this.json<void>('DELETE', `/api/v1/session`, {}, undefined, options)
  }

  /** Import a document, from which its provider makes an action. */
  definitions_create(body: DefinitionAsk, options: Options = {}): Promise<DefinitionShape> {
    return this.json<DefinitionShape>('POST', `/api/v1/definitions`, {}, body, options)
  }

  /** Keep a file that is sent as the multipart field `file`, or fetched from the `url` of a JSON body. */
  assets_create(body: { name?: string | null; url: string } | FormData, options: Options = {}): Promise<AssetShape> {
    return this.json<AssetShape>('POST', `/api/v1/assets`, {}, body, options)
  }

  /** Keep a further version of a preset; jobs that have begun go on with theirs. */
  presets_change(preset: string, body: Preset, options: Options = {}): Promise<PresetShape> {
    return this.json<PresetShape>('PUT', `/api/v1/presets/${encodeURIComponent(preset)}`, {}, body, options)
  }

  /** Keep a further version of a workflow; runs that have begun go on with theirs. */
  workflows_change(workflow: string, body: Record<string, unknown>, options: Options = {}): Promise<WorkflowShape> {
    return this.json<WorkflowShape>('PUT', `/api/v1/workflows/${encodeURIComponent(workflow)}`, {}, body, options)
  }

  /** Keep a new preset; each fault is named by its path. */
  presets_create(body: Preset, options: Options = {}): Promise<PresetShape> {
    return this.json<PresetShape>('POST', `/api/v1/presets`, {}, body, options)
  }

  /** Keep a new workflow; each fault of the document is named by its path. */
  workflows_create(body: Record<string, unknown>, options: Options = {}): Promise<WorkflowShape> {
    return this.json<WorkflowShape>('POST', `/api/v1/workflows`, {}, body, options)
  }

  /** List assets, newest first. */
  assets_page(query: { before?: string | null; limit?: number; media?: string | null; provider?: string | null; action?: string | null; job?: string | null; mime?: string | null; digest?: string | null; q?: string | null; offset?: number | null } = {}, options: Options = {}): Promise<Listing_AssetShape> {
    return this.json<Listing_AssetShape>('GET', `/api/v1/assets`, query, undefined, options)
  }

  /** List every action with the schema of its parameters. */
  catalog_actions(query: { produces?: 'image' | 'video' | 'audio' | 'text' | 'document' | 'data' | null; provider?: string | null } = {}, options: Options = {}): Promise<Listing_ActionShape> {
    return this.json<Listing_ActionShape>('GET', `/api/v1/actions`, query, undefined, options)
  }

  /** List every provider with its capabilities, settings and accounts. */
  catalog_providers(options: Options = {}): Promise<Listing_ProviderShape> {
    return this.json<Listing_ProviderShape>('GET', `/api/v1/providers`, {}, undefined, options)
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

  /** List the assets that an asset was made from, nearest first. */
  assets_lineage(asset: string, options: Options = {}): Promise<Listing_AssetShape> {
    return this.json<Listing_AssetShape>('GET', `/api/v1/assets/${encodeURIComponent(asset)}/lineage`, {}, undefined, options)
  }

  /** List the assets that were made from an asset, newest first. */
  assets_children(asset: string, options: Options = {}): Promise<Listing_AssetShape> {
    return this.json<Listing_AssetShape>('GET', `/api/v1/assets/${encodeURIComponent(asset)}/children`, {}, undefined, options)
  }

  /** List the keys that are not revoked. */
  keys_page(options: Options = {}): Promise<Listing_KeyShape> {
    return this.json<Listing_KeyShape>('GET', `/api/v1/keys`, {}, undefined, options)
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

  /** List what a parameter can be, such as a model, as the provider tells now; empty where nobody tells. */
  catalog_choices(name: string, field: string, query: { account?: string | null } = {}, options: Options = {}): Promise<Listing_dict_str__Any> {
    return this.json<Listing_dict_str__Any>('GET', `/api/v1/actions/${encodeURIComponent(name)}/choices/${encodeURIComponent(field)}`, query, undefined, options)
  }

  /** List what can be made of an asset, each with the parameters that are known already. */
  assets_follow_ups(asset: string, options: Options = {}): Promise<Listing_FollowUpShape> {
    return this.json<Listing_FollowUpShape>('GET', `/api/v1/assets/${encodeURIComponent(asset)}/follow-ups`, {}, undefined, options)
  }

  /** List who changed what, newest first. */
  audit_page(query: { before?: string | null; limit?: number; action?: string | null; subject?: string | null; key?: string | null } = {}, options: Options = {}): Promise<Listing_EntryShape> {
    return this.json<Listing_EntryShape>('GET', `/api/v1/audit`, query, undefined, options)
  }

  /** Make a key; its token is shown this once. */
  keys_create(body: KeyAsk, options: Options = {}): Promise<NewKey> {
    return this.json<NewKey>('POST', `/api/v1/keys`, {}, body, options)
  }

  /** Make a link that signs one browser in once, with the caller's own key. */
  session_link(options: Options = {}): Promise<LinkShape> {
    return this.json<LinkShape>('POST', `/api/v1/session/links`, {}, undefined, options)
  }

  /** Make a new job from the request of a failed or cancelled one. */
  jobs_retry(job: string, options: Options = {}): Promise<JobShape> {
    return this.json<JobShape>('POST', `/api/v1/jobs/${encodeURIComponent(job)}/retry`, {}, undefined, options)
  }

  /** Make an account of a provider. */
  accounts_create(body: AccountAsk, options: Options = {}): Promise<AccountShape> {
    return this.json<AccountShape>('POST', `/api/v1/accounts`, {}, body, options)
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

  /** Read the accounts that the configuration and the references of the server's own machine make again. */
  accounts_reload(options: Options = {}): Promise<Listing_AccountShape> {
    return this.json<Listing_AccountShape>('POST', `/api/v1/accounts/reload`, {}, undefined, options)
  }

  /** Return the body of a definition as it is kept. */
  definitions_export(definition: string, options: Options = {}): Promise<Record<string, unknown>> {
    return this.json<Record<string, unknown>>('GET', `/api/v1/definitions/${encodeURIComponent(definition)}/export`, {}, undefined, options)
  }

  /** Return the form of a sub-action at one place of the data. */
  interactions_form(interaction: string, name: string, query: { path: string }, options: Options = {}): Promise<FormShape> {
    return this.json<FormShape>('GET', `/api/v1/interactions/${encodeURIComponent(interaction)}/actions/${encodeURIComponent(name)}/form`, query, undefined, options)
  }

  /** Return what serves by default, the accounts without their secrets, and every definition. */
  configuration_export(options: Options = {}): Promise<Document> {
    return this.json<Document>('GET', `/api/v1/configuration`, {}, undefined, options)
  }

  /** Revoke a key and end its sessions. */
  keys_revoke(key: string, options: Options = {}): Promise<void> {
    return this.json<void>('DELETE', `/api/v1/keys/${encodeURIComponent(key)}`, {}, undefined, options)
  }

  /** Run a sub-action and stream how it goes; with `Last-Event-ID`, take up the one that was running. */
  sub_actions_stream(workflow: string, body: SubActionAsk, options: Options = {}): Promise<Response> {
    return this.call('POST', `/api/v1/workflow/${encodeURIComponent(workflow)}/sub-action/stream`, {}, body, options)
  }

  /** Run a sub-action; the interaction stays open, and what is made shows in its results. */
  interactions_act(interaction: string, name: string, body: ActAsk, options: Options = {}): Promise<JobShape> {
    return this.json<JobShape>('POST', `/api/v1/interactions/${encodeURIComponent(interaction)}/actions/${encodeURIComponent(name)}`, {}, body, options)
  }

  /** Send a small picture of an asset. */
  assets_thumb(asset: string, side: string, options: Options = {}): Promise<Response> {
    return this.call('GET', `/api/v1/assets/${encodeURIComponent(asset)}/thumb/${encodeURIComponent(side)}`, {}, undefined, options)
  }

  /** Send the bytes of an asset, or a range of them; a picture also in another format. */
  assets_content(asset: string, query: { download?: boolean; format?: 'png' | 'jpeg' | 'webp' | null } = {}, options: Options = {}): Promise<Response> {
    return this.call('GET', `/api/v1/assets/${encodeURIComponent(asset)}/content`, query, undefined, options)
  }

  /** Settle the attempt of which nobody knows whether it was accepted. */
  jobs_resolve(job: string, body: ResolveAsk, options: Options = {}): Promise<JobShape> {
    return this.json<JobShape>('POST', `/api/v1/jobs/${encodeURIComponent(job)}/resolve`, {}, body, options)
  }

  /** Show one account. */
  accounts_show(account: string, options: Options = {}): Promise<AccountShape> {
    return this.json<AccountShape>('GET', `/api/v1/accounts/${encodeURIComponent(account)}`, {}, undefined, options)
  }

  /** Show one action; an unknown name is answered with near ones. */
  catalog_action(name: string, query: { model?: string | null } = {}, options: Options = {}): Promise<ActionShape> {
    return this.json<ActionShape>('GET', `/api/v1/actions/${encodeURIComponent(name)}`, query, undefined, options)
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

  /** Show one workflow, by id or name; in YAML its document alone. */
  workflows_show(workflow: string, query: { format?: 'json' | 'yaml' } = {}, options: Options = {}): Promise<WorkflowShape> {
    return this.json<WorkflowShape>('GET', `/api/v1/workflows/${encodeURIComponent(workflow)}`, query, undefined, options)
  }

  /** Show the newest unfinished picture of a job. */
  jobs_preview(job: string, options: Options = {}): Promise<Response> {
    return this.call('GET', `/api/v1/jobs/${encodeURIComponent(job)}/preview`, {}, undefined, options)
  }

  /** Show what is known of one asset. */
  assets_show(asset: string, options: Options = {}): Promise<AssetShape> {
    return this.json<AssetShape>('GET', `/api/v1/assets/${encodeURIComponent(asset)}`, {}, undefined, options)
  }

  /** Stream everything that happens in the workspace, from now on or from a sequence number. */
  jobs_stream(query: { after?: number | null } = {}, options: Options = {}): Promise<Response> {
    return this.call('GET', `/api/v1/events`, query, undefined, options)
  }

  /** Stream the events of one job until it is final. */
  jobs_events(job: string, query: { after?: number | null } = {}, options: Options = {}): Promise<Response> {
    return this.call('GET', `/api/v1/jobs/${encodeURIComponent(job)}/events`, query, undefined, options)
  }

  /** Take a document over, all of it or nothing; what it does not name stays as it is. */
  configuration_apply(body: Record<string, unknown>, options: Options = {}): Promise<ImportedShape> {
    return this.json<ImportedShape>('POST', `/api/v1/configuration`, {}, body, options)
  }

  /** Take a job; the header `Accept` or `Prefer` says how to wait for it. */
  jobs_create(body: JobAsk, options: Options = {}): Promise<JobShape> {
    return this.json<JobShape>('POST', `/api/v1/jobs`, {}, body, options)
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

  /** Tell what a job would cost and by which candidates, without making it. */
  jobs_estimate(body: JobAsk, options: Options = {}): Promise<EstimateShape> {
    return this.json<EstimateShape>('POST', `/api/v1/estimate`, {}, body, options)
  }

  /** Tell what the last days came to: jobs by day, and how each provider and action fared. */
  stats_show(query: { days?: number } = {}, options: Options = {}): Promise<StatsShape> {
    return this.json<StatsShape>('GET', `/api/v1/stats`, query, undefined, options)
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
}
