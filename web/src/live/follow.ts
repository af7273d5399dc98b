import type { LogEvent } from '../api/types'

export type Told = { event: LogEvent } | { status: 'connecting' | 'open' | 'lost' | 'refused' | 'polled' }

const TYPES = [
  'job.queued', 'job.started', 'job.waiting', 'job.succeeded', 'job.failed', 'job.cancelled', 'job.progressed',
  'attempt.started', 'attempt.progressed', 'attempt.failed', 'attempt.succeeded',
  'asset.created', 'asset.ready', 'asset.deleted', 'asset.restored', 'params.dropped', 'attention.opened', 'attention.closed',
  'interaction.opened', 'interaction.answered', 'interaction.closed', 'content.created', 'content.changed', 'content.deleted',
  'account.changed', 'budget.crossed', 'catalog.changed', 'config.changed', 'conversation.changed', 'preset.chosen', 'stream.reset',
]
const TICK_MS = 5000
const ASLEEP_MS = 20_000
const POLL_MS = 10_000
const SILENT_MS = 45_000
const GRACE_MS = 1000

/** Follow the log from a sequence number, over restarts of the server and sleeps of this machine, until closed. */
export function follow(after: number, tell: (told: Told) => void): { close: () => void } {
  let last = after
  let source: EventSource
  let retry: ReturnType<typeof setTimeout> | undefined
  let poll: ReturnType<typeof setInterval> | undefined
  let pause = 1000
  let tick = Date.now()
  let heard = tick
  // Whether the log is read in place of the stream, and whether the stream was open and yet kept something back.
  let polled = false
  let over = false
  let doubted = false

  const take = (event: LogEvent) => {
    if (over || (event.seq <= last && event.type !== 'stream.reset')) return
    last = event.seq
    tell({ event })
  }
  const lives = () => {
    heard = Date.now()
    clearInterval(poll)
    poll = undefined
    if (polled) tell({ status: 'open' })
    polled = doubted = false
  }
  const instead = () => (poll ??= setInterval(() => void read().then(missed), POLL_MS))
  async function read(): Promise<LogEvent[] | null> {
    const answer = await fetch(`/api/v1/log?after=${last}`).catch(() => null)
    return answer?.ok ? ((await answer.json()) as { items: LogEvent[] }).items : null
  }
  function missed(found: LogEvent[] | null) {
    if (over) return
    polled = !!found && !!poll
    if (polled) tell({ status: 'polled' })
    found?.forEach(take)
  }
  // Pings are not to be seen from here: what the log has, and the stream does not bring, tells that it is dead.
  async function prove() {
    const found = await read()
    if (found) await new Promise(done => setTimeout(done, GRACE_MS))
    if (over || source.readyState === 1 && !found?.some(each => each.seq > last)) return
    doubted = source.readyState === 1
    instead()
    missed(found)
    if (doubted) anew()
  }

  const connect = () => {
    source = new EventSource(`/api/v1/events?after=${last}`)
    for (const type of TYPES) source.addEventListener(type, (message: MessageEvent<string>) => {
      lives()
      take(JSON.parse(message.data) as LogEvent)
    })
    source.onopen = () => {
      pause = 1000
      if (doubted) return
      lives()
      tell({ status: 'open' })
    }
    source.onerror = () => {
      // A browser tries again by itself after a broken connection, but never after an answer that is no stream.
      const given = source.readyState === EventSource.CLOSED
      if (!polled) tell({ status: given ? 'refused' : 'lost' })
      instead()
      if (!given) return
      clearTimeout(retry)
      retry = setTimeout(connect, pause)
      pause = Math.min(pause * 2, 15_000)
    }
  }
  const anew = () => {
    source.close()
    clearTimeout(retry)
    connect()
  }
  const watch = setInterval(() => {
    const now = Date.now()
    const slept = now - tick > ASLEEP_MS
    tick = now
    // After a sleep the connection may be dead without anybody having been told.
    if (slept) anew()
    else if (now - heard > SILENT_MS && !poll) {
      heard = now
      void prove()
    }
  }, TICK_MS)
  connect()
  return {
    close: () => {
      over = true
      clearInterval(watch)
      clearInterval(poll)
      clearTimeout(retry)
      source.close()
    },
  }
}
