import { address, Problem } from '../../api/client'
import type { LogEvent } from '../../api/types'

/** Read the log of one job until the job ends or the reader is stopped; the entries come as they are written. */
export async function read(job: string, hear: (event: LogEvent) => void, signal: AbortSignal) {
  const answer = await fetch(address(`/jobs/${job}/events`), { headers: { accept: 'text/event-stream' }, signal, credentials: 'same-origin' })
  if (!answer.ok || !answer.body) throw new Problem(answer.status, { detail: 'The log of this job cannot be read.', hint: 'Close it and open it again.' })
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    const blocks = (rest + value).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const data = block.split('\n').find(line => line.startsWith('data: '))
      if (data) hear(JSON.parse(data.slice(6)))
    }
  }
}

/** Say what an entry of the log tells, in one line. */
export function tell({ type, data }: LogEvent): string {
  const error = data.error ?? data.attempt?.error
  const said = [data.message, data.reason, error?.detail ?? error?.title, data.phase && !data.message ? data.phase : ''].find(each => typeof each === 'string' && each)
  const share = typeof data.fraction === 'number' ? `${Math.round(data.fraction * 100)} %` : ''
  return [said, share].filter(Boolean).join(' · ') || (type.endsWith('.progressed') ? 'Under way' : '')
}

/** Name the kind of an entry: `attempt.sent` is "Attempt sent". */
export const kind = (type: string) => type.replace(/[._]/g, ' ').replace(/^./, first => first.toUpperCase())
