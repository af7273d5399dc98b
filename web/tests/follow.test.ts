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
