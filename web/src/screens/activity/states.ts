import type { Job } from '../../api/types'

/** What a person looks for, and the states that it stands for. */
export const GROUPS = [
  ['', 'All', ''],
  ['open', 'Under way', 'queued,running,waiting'],
  ['done', 'Succeeded', 'succeeded'],
  ['failed', 'Failed', 'failed'],
  ['cancelled', 'Cancelled', 'cancelled'],
] as const

const FILE = /^asset_[0-9a-f]{32}$/
const WAITS: Record<string, string> = { person: 'Waits for you', attention: 'In doubt', children: 'Waits for its parts', account: 'Waits for an account', budget: 'Waits for the budget' }
const WORDS: Record<string, string> = { queued: 'Queued', running: 'Running', waiting: 'Waiting', succeeded: 'Succeeded', failed: 'Failed', cancelled: 'Cancelled' }

/** Say the state of a job, and how it is to be coloured. */
export function state(job: Pick<Job, 'state' | 'waiting_for'>): { word: string; tone: '' | 'accent' | 'warn' | 'bad' } {
  const waits = job.state === 'waiting' ? WAITS[job.waiting_for ?? ''] : undefined
  const tone = job.state === 'failed' ? 'bad' : job.waiting_for === 'attention' || job.waiting_for === 'person' ? 'warn' : job.state === 'running' || job.state === 'queued' ? 'accent' : ''
  return { word: waits ?? WORDS[job.state] ?? job.state, tone: job.state === 'waiting' || job.state === 'failed' || job.state === 'running' || job.state === 'queued' ? tone : '' }
}

/** Say what a job is about: its prompt, else the first of its words, else what it is for. */
export function about(job: Job): string {
  const { prompt, ...others } = job.params ?? {}
  const said = [prompt, ...Object.values(others), job.subject].find(each => typeof each === 'string' && each.trim() && !FILE.test(each))
  return typeof said === 'string' ? said : ''
}
