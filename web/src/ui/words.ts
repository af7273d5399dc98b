/** Say an amount of micro-USD. */
export function money(amount: { micro_usd: number } | number | null | undefined): string {
  const micro = typeof amount === 'object' && amount ? amount.micro_usd : (amount ?? 0)
  if (micro === 0) return 'free'
  const dollars = micro / 1e6
  if (dollars < 0.01) return `$${dollars.toPrecision(2).replace(/0+$/, '')}`
  return `$${dollars.toFixed(dollars < 1 ? 3 : 2).replace(/(\.\d\d)0$/, '$1')}`
}

/** Say a span of time: as on a clock while it runs, short when it is over. */
export function span(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  if (seconds < 59.5) return `${Math.round(seconds)} s`
  const minutes = Math.floor(Math.round(seconds) / 60)
  if (minutes < 60) return `${minutes} min ${Math.round(seconds) % 60} s`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return `${hours} h ${minutes % 60} min`
  return `${Math.floor(hours / 24)} days`
}

const NEAR = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const DAY = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' })
const FULL = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' })

/** Say when something was or will be, seen from now. */
export function when(ms: number | null | undefined, now = Date.now()): string {
  if (!ms) return ''
  const away = (ms - now) / 1000
  const size = Math.abs(away)
  if (size < 45) return away > 0 ? 'in a moment' : 'just now'
  if (size < 3570) return NEAR.format(Math.round(away / 60), 'minute')
  if (size < 86_400) return NEAR.format(Math.round(away / 3600), 'hour')
  if (size < 7 * 86_400) return NEAR.format(Math.round(away / 86_400), 'day')
  return DAY.format(ms)
}

/** Say a moment in full. */
export const moment = (ms: number | null | undefined) => (ms ? FULL.format(ms) : '')

/** Say a number of bytes. */
export function bytes(size: number | null | undefined): string {
  if (!size) return ''
  const units = ['B', 'kB', 'MB', 'GB']
  const power = Math.min(3, Math.floor(Math.log10(size) / 3))
  return `${(size / 1000 ** power).toFixed(power > 1 ? 1 : 0)} ${units[power]}`
}

/** Count things in words: `count(1, 'image')`. */
export const count = (n: number, one: string, many = `${one}s`) => `${n.toLocaleString('en')} ${n === 1 ? one : many}`

/** Cut a text at a word. */
export function excerpt(text: string | null | undefined, most = 90): string {
  const line = (text ?? '').replace(/\s+/g, ' ').trim()
  if (line.length <= most) return line
  return `${line.slice(0, most).replace(/\s+\S*$/, '')}…`
}

/** Make a name of the code readable: only for names that a schema gives, never for a user's own. */
export const readable = (name: string) => name.replace(/[_-]+/g, ' ').replace(/^./, first => first.toUpperCase())
