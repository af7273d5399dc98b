import type { LogEvent } from '../api/types'

export type Told = { event: LogEvent } | { status: 'connecting' | 'open' | 'lost' | 'refused' }

const TYPES = [
  'job.queued', 'job.started', 'job.waiting', 'job.succeeded', 'job.failed', 'job.cancelled', 'job.progressed',
  'attempt.started', 'attempt.progressed', 'attempt.failed', 'attempt.succeeded',
  'asset.created', 'asset.ready', 'asset.deleted', 'asset.restored', 'params.dropped', 'attention.opened', 'attention.closed',
  'interaction.opened', 'interaction.answered', 'interaction.closed', 'content.created', 'content.changed', 'content.deleted',
  'account.changed', 'budget.crossed', 'catalog.changed', 'config.changed', 'conversation.changed', 'preset.chosen', 'stream.reset',
]
const TICK_MS = 5000
const ASLEEP_MS = 20_000

/** Follow the log from a sequence number, over restarts of the server and sleeps of this machine, until closed. */
export function follow(after: number, tell: (told: Told) => void): { close: () => void } {
  let last = after
  let source: EventSource
  let retry: ReturnType<typeof setTimeout> | undefined
  let pause = 1000
  let tick = Date.now()

  const hear = (message: MessageEvent<string>) => {
    const event = JSON.parse(message.data) as LogEvent
    last = Math.max(last, event.seq)
    tell({ event })
  }
  const connect = () => {
    source = new EventSource(`/api/v1/events?after=${last}`)
    for (const type of TYPES) source.addEventListener(type, hear)
    source.onopen = () => {
      pause = 1000
      tell({ status: 'open' })
    }
    source.onerror = () => {
      // A browser tries again by itself after a broken connection, but never after an answer that is no stream.
      const given = source.readyState === EventSource.CLOSED
      tell({ status: given ? 'refused' : 'lost' })
      if (!given) return
      clearTimeout(retry)
      retry = setTimeout(connect, pause)
      pause = Math.min(pause * 2, 15_000)
    }
  }
  const watch = setInterval(() => {
    const now = Date.now()
    const slept = now - tick > ASLEEP_MS
    tick = now
    if (!slept) return
    // After a sleep the connection may be dead without anybody having been told.
    source.close()
    clearTimeout(retry)
    connect()
  }, TICK_MS)
  connect()
  return {
    close: () => {
      clearInterval(watch)
      clearTimeout(retry)
      source.close()
    },
  }
}
