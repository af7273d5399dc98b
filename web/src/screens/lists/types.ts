import type { Asset, Job, Trouble, Values } from '../../api/types'

export type Planned = { row: number; state: 'ready' | 'skipped' | 'failed'; params: Values; why: string | null }
export type Preview = { columns: { name: string; field: string | null }[]; total: number; ready: number; rows: Planned[] }
export type RowState = Job['state'] | 'pending' | 'skipped'
export type Row = { row: number; state: RowState; params: Values; job: string | null; assets: Asset[]; cost_micro_usd: number; error: Trouble | null }
export type Whole = { job: Job; rows: Row[] }

const WORDS: Record<RowState | Planned['state'], [string, '' | 'accent' | 'warn' | 'bad']> = {
  ready: ['Ready', ''],
  pending: ['Not yet', ''],
  queued: ['Queued', 'accent'],
  running: ['Running', 'accent'],
  waiting: ['Waiting', 'warn'],
  succeeded: ['Made', ''],
  failed: ['Failed', 'bad'],
  cancelled: ['Stopped', ''],
  skipped: ['Skipped', 'warn'],
}

/** Say the state of a row, and how it is to be coloured. */
export const told = (state: RowState | Planned['state']) => WORDS[state] ?? [state, '']

/** Count the rows in each state, in words. */
export function tally(rows: { state: string }[]): string {
  const counted = ['succeeded', 'failed', 'skipped', 'cancelled'].map(state => [rows.filter(row => row.state === state).length, state] as const)
  const names: Record<string, string> = { succeeded: 'made', failed: 'failed', skipped: 'skipped', cancelled: 'stopped' }
  return counted.filter(([n]) => n).map(([n, state]) => `${n} ${names[state]}`).join(', ') || 'Nothing is made yet'
}
