import { expect, it } from 'vitest'
import type { LogEvent } from '../src/api/types'
import { open, reduce } from '../src/live/reduce'

const event = (type: string, data: Record<string, unknown> = {}, seq = 1): LogEvent => ({ seq, job: 'job_1', type, at: 1000 + seq, data })
const asset = (id: string, index: number) => ({ id, index, media: 'image', mime: 'image/png' })

it('makes a job of the log alone, marked as partial until it is read', () => {
  const job = reduce(undefined, event('job.queued', { action: 'a', produces: 'image', interaction: 'int_1', subject: '/x/y' }))
  expect(job).toMatchObject({ id: 'job_1', state: 'queued', partial: true, interaction: 'int_1', subject: '/x/y', assets: [] })
})

it('appends assets in the order of the answer, and never twice', () => {
  let job = reduce(undefined, event('job.started'))
  for (const made of [asset('b', 1), asset('a', 0), asset('b', 1)]) job = reduce(job, event('asset.created', { asset: made }))
  expect(job.assets.map(each => each.id)).toEqual(['a', 'b'])
  job = reduce(job, event('asset.ready', { asset: { ...asset('a', 0), small: true, thumbhash: 'xx' } }))
  expect(job.assets[0]).toMatchObject({ id: 'a', small: true, thumbhash: 'xx' })
})

it.each(['job.succeeded', 'job.failed', 'job.cancelled'])('leaves no progress behind after %s', type => {
  const running = reduce(reduce(undefined, event('job.started')), event('attempt.progressed', { phase: 'work', fraction: 0.5, message: 'half', elapsed_ms: 10 }))
  expect(running.progress?.fraction).toBe(0.5)
  const ended = reduce(running, event(type, { error: type === 'job.failed' ? { detail: 'no' } : undefined }, 9))
  expect(ended.progress).toBeNull()
  expect(open(ended)).toBe(false)
  expect(ended.ended_at).toBe(1009)
})

it('does not invent a share of the work', () => {
  expect(reduce(undefined, event('attempt.progressed', { phase: 'work', message: '', elapsed_ms: 5 })).progress?.fraction).toBeNull()
})

it('changes no job that it was given', () => {
  const job = Object.freeze(reduce(undefined, event('job.queued')))
  expect(() => reduce(job, event('job.started'))).not.toThrow()
  expect(job.state).toBe('queued')
})

it('forgets what a job waited for when it goes on', () => {
  const waiting = reduce(undefined, event('job.waiting', { waiting_for: 'person' }))
  expect(waiting.waiting_for).toBe('person')
  expect(reduce(waiting, event('job.queued')).waiting_for).toBeNull()
})

it('keeps the newest words of a text that is being written', () => {
  let job = reduce(undefined, event('job.started'))
  for (const data of [{ text: 'Once' }, { text: 'Once upon' }, { fraction: 0.5 }]) job = reduce(job, event('attempt.progressed', data))
  expect(job.progress?.text).toBe('Once upon')
})
