import type { Asset, Job, JobState, LogEvent } from '../api/types'

export const ENDED: ReadonlySet<string> = new Set(['succeeded', 'failed', 'cancelled'])

/** Tell whether a job is still under way. */
export const open = (job: { state: string }) => !ENDED.has(job.state)

const fresh = (event: LogEvent): Job => ({
  id: event.job ?? '', action: '', produces: '', state: 'queued', params: {}, assets: [], created_at: event.at ?? Date.now(), partial: true,
})

const STATE: Record<string, JobState> = {
  'job.queued': 'queued', 'job.started': 'running', 'job.waiting': 'waiting', 'job.succeeded': 'succeeded', 'job.failed': 'failed', 'job.cancelled': 'cancelled',
}

/** Return a job after one entry of the log. */
export function reduce(known: Job | undefined, event: LogEvent): Job {
  const job: Job = { ...(known ?? fresh(event)) }
  const { type, data } = event
  const state = STATE[type]
  if (state) return moved(job, state, event)
  if (type === 'attempt.progressed' || type === 'job.progressed') {
    job.progress = { phase: data.phase ?? '', fraction: data.fraction ?? null, message: data.message ?? '', elapsed_ms: data.elapsed_ms ?? 0, preview: data.preview && data.text == null ? `/api/v1/jobs/${job.id}/preview?at=${event.seq}` : (job.progress?.preview ?? null), text: data.text ?? job.progress?.text ?? null }
  } else if (type === 'asset.created' || type === 'asset.ready') {
    job.assets = kept(job.assets, data.asset as Asset, job.id)
  } else if (type === 'params.dropped') {
    job.warnings = data.warnings ?? job.warnings
  }
  return job
}

function moved(job: Job, state: JobState, event: LogEvent): Job {
  const { data } = event
  for (const name of ['action', 'produces', 'subject', 'interaction', 'parent', 'cost', 'result', 'outcome'] as const) {
    if (data[name] !== undefined) Object.assign(job, { [name]: data[name] })
  }
  job.state = state
  job.waiting_for = data.waiting_for ?? null
  job.wake_at = data.wake_at ?? null
  job.error = data.error ?? null
  if (state === 'running') job.started_at ??= event.at ?? null
  if (ENDED.has(state)) {
    job.ended_at ??= event.at ?? null
    job.progress = null
  }
  return job
}

/** Return assets with one more, or with a newer word about one that is there; in the order of the provider's answer. */
export function kept(assets: Asset[], asset: Asset | undefined, job: string): Asset[] {
  if (!asset) return assets
  const at = assets.findIndex(each => each.id === asset.id)
  const merged = { ...assets[at], ...asset, job }
  if (at >= 0) return assets.with(at, merged)
  return [...assets, merged].sort((a, b) => (a.index ?? 0) - (b.index ?? 0) || (a.id < b.id ? -1 : 1))
}
