import { SvelteMap } from 'svelte/reactivity'
import { get, problem } from '../api/client'
import type { Interaction, Job, Listing, LogEvent, Stats } from '../api/types'
import type { Told } from './follow'
import { open, reduce } from './reduce'

type Brief = Pick<Interaction, 'id' | 'title' | 'state' | 'run' | 'job'> & Partial<Interaction>

const KEPT = 3000
const MOST_JOBS = 4000
const JOB_EVENT = /^(job|attempt|asset|params)\./

/** What this browser knows of the studio, kept true by the log. */
class Live {
  status: 'connecting' | 'open' | 'lost' | 'refused' | 'polled' = $state('connecting')
  /** Grows when the log could not be continued, so that everything shown has to be read again. */
  resets = $state(0)
  readonly jobs = new SvelteMap<string, Job>()
  readonly interactions = new SvelteMap<string, Brief>()
  /** Jobs under way that a person started: neither part of another one nor without a medium. */
  readonly underWay = $derived([...this.jobs.values()].filter(job => open(job) && job.produces !== 'data' && job.action !== '' && job.waiting_for !== 'attention').sort((a, b) => (a.id < b.id ? 1 : -1)))
  /** Jobs of which nobody knows whether their paid call was accepted. */
  readonly doubtful = $derived([...this.jobs.values()].filter(job => job.state === 'waiting' && job.waiting_for === 'attention'))
  readonly needed = $derived([...this.interactions.values()].filter(each => each.state === 'open'))

  #past: LogEvent[] = []
  #hearing = new Set<(event: LogEvent) => void>()
  #filling = new Set<string>()
  #usual: Promise<Map<string, number>> | undefined

  /** Be told of each entry of the log; returns what ends it. */
  on(hear: (event: LogEvent) => void): () => void {
    this.#hearing.add(hear)
    return () => this.#hearing.delete(hear)
  }

  /** Take rows that were read at a sequence number; what happened since is laid over them. */
  adopt(jobs: Job[], asOf: number | null | undefined) {
    for (const job of jobs) {
      const old = this.jobs.get(job.id)
      let row: Job = { ...job, progress: job.progress ?? (open(job) ? (old?.progress ?? null) : null), partial: false }
      if (asOf != null) for (const event of this.#past) if (event.job === job.id && event.seq > asOf && JOB_EVENT.test(event.type)) row = { ...reduce(row, event), partial: false }
      this.jobs.set(job.id, row)
    }
  }

  /** Read a job of which only the log has told so far. */
  async fill(id: string) {
    if (this.#filling.has(id)) return
    this.#filling.add(id)
    try {
      const job = await get<Job & { as_of?: number }>(`/jobs/${id}`)
      this.adopt([job], job.as_of)
    } finally {
      this.#filling.delete(id)
    }
  }

  /** Tell how long an action usually takes, in ms, by its own history. */
  async usual(action: string): Promise<number | null> {
    this.#usual ??= get<Stats>('/stats', { days: 14 })
      .then(found => new Map(found.actions.flatMap(each => (each.p50_ms == null ? [] : [[each.action, each.p50_ms] as const]))))
      .catch(() => new Map<string, number>())
    return (await this.#usual).get(action) ?? null
  }

  /** Read what is under way, then follow. */
  async start() {
    const [jobs, asked] = await Promise.all([
      get<Listing<Job>>('/jobs', { state: 'queued,running,waiting', limit: 100 }),
      get<Listing<Brief>>('/interactions', { state: 'open' }).catch(() => ({ items: [], as_of: null }) as Listing<Brief>),
    ])
    for (const each of asked.items) this.interactions.set(each.id, each)
    this.adopt(jobs.items, null)
    const after = Math.min(jobs.as_of ?? 0, asked.as_of ?? jobs.as_of ?? 0)
    if ('SharedWorker' in window) this.#share(after)
    else void this.#alone(after)
  }

  #share(after: number) {
    let last = after
    const connect = () => {
      const { port } = new SharedWorker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'live' })
      port.onmessage = ({ data }: MessageEvent<Told>) => {
        if ('event' in data) last = Math.max(last, data.event.seq)
        this.hear(data)
      }
      port.postMessage({ after: last })
      addEventListener('pagehide', () => port.postMessage({ bye: true }), { once: true })
    }
    connect()
    addEventListener('pageshow', event => event.persisted && connect())
  }

  async #alone(after: number) {
    const { follow } = await import('./follow')
    let last = after
    let stream: { close: () => void } | undefined
    const connect = () =>
      (stream = follow(last, told => {
        if ('event' in told) last = Math.max(last, told.event.seq)
        this.hear(told)
      }))
    connect()
    document.addEventListener('visibilitychange', () => {
      stream?.close()
      if (!document.hidden) connect()
    })
  }

  /** Take one message of the stream. */
  hear(told: Told) {
    if ('status' in told) {
      this.status = told.status
      if (told.status === 'refused') get('/session').catch(problem)
      return
    }
    const { event } = told
    if (event.type === 'stream.reset') {
      this.#past = []
      this.resets += 1
    } else {
      this.#past.push(event)
      if (this.#past.length > KEPT) this.#past = this.#past.slice(-KEPT / 2)
      this.#apply(event)
    }
    for (const hear of this.#hearing) hear(event)
  }

  #apply(event: LogEvent) {
    if (event.job && JOB_EVENT.test(event.type)) {
      const known = this.jobs.get(event.job)
      // A late word about a job that nobody shows is not worth a row.
      if (known || event.type.startsWith('job.')) this.jobs.set(event.job, reduce(known, event))
      if (this.jobs.size > MOST_JOBS) this.#forget()
    }
    const asked = event.data?.interaction
    if (event.type.startsWith('interaction.') && asked && typeof asked === 'object') {
      const state = event.type === 'interaction.opened' ? 'open' : 'answered'
      this.interactions.set(asked.id, { ...this.interactions.get(asked.id), ...asked, state: asked.state ?? state })
    }
  }

  /** Let the oldest half of what has ended go, so that a page that stays open for weeks stays light. */
  #forget() {
    let left = MOST_JOBS / 2
    for (const [id, job] of this.jobs) if (!open(job) && left-- > 0) this.jobs.delete(id)
  }
}

export const live = new Live()
