import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { follow, type Told } from '../src/live/follow'

class Stream {
  static CLOSED = 2
  static all: Stream[] = []
  readyState = 1
  onopen: (() => void) | null = null
  onerror: (() => void) | null = null
  heard = new Map<string, (message: { data: string }) => void>()
  constructor(readonly url: string) {
    Stream.all.push(this)
  }
  addEventListener(type: string, hear: (message: { data: string }) => void) {
    this.heard.set(type, hear)
  }
  close() {
    this.readyState = 2
  }
}

beforeEach(() => {
  Stream.all = []
  vi.stubGlobal('EventSource', Stream)
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})
const last = () => Stream.all.at(-1) as Stream
const say = (seq: number) => last().heard.get('job.started')?.({ data: JSON.stringify({ seq, job: 'job_1', type: 'job.started', data: {} }) })

it('goes on after the last entry when an answer was no stream', () => {
  const told: Told[] = []
  const stream = follow(7, each => told.push(each))
  expect(last().url).toContain('after=7')
  say(9)
  last().readyState = Stream.CLOSED
  last().onerror?.()
  expect(told.at(-1)).toEqual({ status: 'refused' })
  vi.advanceTimersByTime(1000)
  expect(Stream.all).toHaveLength(2)
  expect(last().url).toContain('after=9')
  stream.close()
})

it('leaves a broken connection to the browser, and says so', () => {
  const told: Told[] = []
  const stream = follow(0, each => told.push(each))
  last().onerror?.()
  vi.advanceTimersByTime(4000)
  expect(Stream.all).toHaveLength(1)
  expect(told.at(-1)).toEqual({ status: 'lost' })
  stream.close()
})

it('connects anew after a sleep of the machine', () => {
  const stream = follow(0, () => undefined)
  say(5)
  vi.setSystemTime(Date.now() + 60_000)
  vi.advanceTimersByTime(5000)
  expect(Stream.all).toHaveLength(2)
  expect(Stream.all[0]?.readyState).toBe(2)
  expect(last().url).toContain('after=5')
  stream.close()
})

/** Answer each reading of the log with these entries, oldest first; null is a server that does not answer. */
function logged(...answers: (number[] | null)[]) {
  const asked = vi.fn(async (_url: string) => {
    const found = answers.length ? answers.shift() : []
    return { ok: !!found, json: async () => ({ items: found?.map(seq => ({ seq, job: 'job_1', type: 'job.started', data: {} })) }) }
  })
  vi.stubGlobal('fetch', asked)
  return asked
}
const refuse = () => {
  last().readyState = Stream.CLOSED
  last().onerror?.()
}
const seqs = (told: Told[]) => told.flatMap(each => ('event' in each ? [each.event.seq] : []))

it('reads the log every ten seconds where no stream is to be had, until there is one', async () => {
  const told: Told[] = []
  const asked = logged([8, 9], [9, 10])
  const stream = follow(7, each => told.push(each))
  refuse()
  await vi.advanceTimersByTimeAsync(9_000)
  expect(asked).not.toHaveBeenCalled()
  for (let turn = 0; turn < 2; turn++) {
    refuse()
    await vi.advanceTimersByTimeAsync(10_000)
  }
  expect(asked.mock.calls.map(each => each[0])).toEqual(['/api/v1/log?after=7', '/api/v1/log?after=9'])
  expect(seqs(told)).toEqual([8, 9, 10])
  expect(told.filter(each => 'status' in each).at(-1)).toEqual({ status: 'polled' })
  last().readyState = 1
  last().onopen?.()
  expect(told.at(-1)).toEqual({ status: 'open' })
  await vi.advanceTimersByTimeAsync(30_000)
  expect(asked).toHaveBeenCalledTimes(2)
  stream.close()
})

it('says nothing of polling while the server does not answer at all', async () => {
  const told: Told[] = []
  logged(null, null)
  const stream = follow(0, each => told.push(each))
  last().onerror?.()
  await vi.advanceTimersByTimeAsync(20_000)
  expect(told).toEqual([{ status: 'lost' }])
  stream.close()
})

it('leaves a stream alone that is silent because nothing happens', async () => {
  const asked = logged()
  const stream = follow(3, () => undefined)
  last().onopen?.()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toHaveBeenCalledTimes(1)
  expect(Stream.all).toHaveLength(1)
  stream.close()
})

it('finds that an open stream is dead by what only the log has, and trusts the next one when it speaks', async () => {
  const told: Told[] = []
  const asked = logged([4], [5])
  const stream = follow(3, each => told.push(each))
  last().onopen?.()
  await vi.advanceTimersByTimeAsync(52_000)
  expect(Stream.all).toHaveLength(2)
  last().onopen?.()
  expect(told.at(-1)).not.toEqual({ status: 'open' })
  await vi.advanceTimersByTimeAsync(10_000)
  expect(seqs(told)).toEqual([4, 5])
  say(6)
  expect(seqs(told)).toEqual([4, 5, 6])
  expect(told).toContainEqual({ status: 'open' })
  await vi.advanceTimersByTimeAsync(20_000)
  expect(asked).toHaveBeenCalledTimes(2)
  stream.close()
})

it('goes back to a lower number when the log was begun anew', () => {
  const told: Told[] = []
  const stream = follow(900, each => told.push(each))
  last().heard.get('stream.reset')?.({ data: JSON.stringify({ seq: 2, job: null, type: 'stream.reset', data: {} }) })
  say(3)
  expect(seqs(told)).toEqual([2, 3])
  stream.close()
})
