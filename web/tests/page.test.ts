import { describe, expect, it } from 'vitest'
import type { Json } from '../src/api/types'
import { find, fit } from '../src/routes'
import { rows } from '../src/schema/rows'
import { steps } from '../src/screens/editor/document'
import { blocks, inline } from '../src/ui/markdown'
import { bytes, count, excerpt, money, span, when } from '../src/ui/words'

describe('routes', () => {
  it('fits paths to patterns', () => {
    expect(fit('/assets/:id', '/assets/a%20b')).toEqual({ id: 'a b' })
    expect(fit('/assets/:id', '/assets')).toBeNull()
    expect(fit('/', '/')).toEqual({})
  })
  it('takes the first route that fits', () => {
    expect(find([{ pattern: '/w/new' }, { pattern: '/w/:id' }], '/w/new')?.route.pattern).toBe('/w/new')
  })
})

describe('rows of pictures', () => {
  const wide = (n: number) => Array.from({ length: n }, () => 1.5)
  it('fills every row but the last to the full width', () => {
    const made = rows(wide(10), each => each, 1000, 200, 8)
    for (const row of made.slice(0, -1)) expect(row.reduce((sum, each) => sum + each.width, 8 * (row.length - 1))).toBeCloseTo(1000, 0)
    expect(made.at(-1)?.[0]?.height).toBeLessThanOrEqual(200)
  })
  it('moves nothing in a full row when more is appended', () => {
    const before = rows(wide(7), each => each, 1000, 200, 8)
    const after = rows(wide(12), each => each, 1000, 200, 8)
    expect(after.slice(0, before.length - 1)).toEqual(before.slice(0, -1))
  })
  it('shows a lone picture no taller than asked', () => {
    expect(rows([0.5], each => each, 1000, 200, 8)).toEqual([[{ item: 0.5, width: 100, height: 200 }]])
  })
})

describe('words', () => {
  it.each([[0, 'free'], [1_500_000, '$1.50'], [40_000, '$0.04'], [123_000, '$0.123'], [2500, '$0.0025']])('says %d micro-USD as %s', (amount, said) => {
    expect(money(amount)).toBe(said)
  })
  it.each([[1234, '1.2 s'], [59_600, '1 min 0 s'], [125_000, '2 min 5 s'], [7_200_000, '2 h 0 min']])('says %d ms as %s', (ms, said) => {
    expect(span(ms)).toBe(said)
  })
  it('says when, in both directions', () => {
    expect(when(1000, 31_000)).toBe('just now')
    expect(when(3_600_000 * 5, 0)).toBe('in 5 hours')
  })
  it('counts, cuts and measures', () => {
    expect([count(1, 'image'), count(2, 'image')]).toEqual(['1 image', '2 images'])
    expect(excerpt('one two three', 9)).toBe('one two…')
    expect(bytes(2_500_000)).toBe('2.5 MB')
  })
})

describe('markdown', () => {
  it('reads blocks and marks, and leaves HTML as text', () => {
    const made = blocks('# Title\n\nSome **bold** and <b>raw</b>\nmore\n\n- one\n- two\n\n```\ncode\n```')
    expect(made.map(each => each.kind)).toEqual(['heading', 'paragraph', 'list', 'code'])
    expect(inline('<img onerror=x> `c` [a](javascript:x)')).toEqual([{ kind: 'text', text: '<img onerror=x> ' }, { kind: 'code', text: 'c' }, { kind: 'text', text: ' [a](javascript:x)' }])
  })
  it('ends on any text', () => {
    for (const text of ['', '-', '>', '```', '# ', '1.', '\n\n- a\nb\n# c\ntext', '*'.repeat(50)]) expect(Array.isArray(blocks(text))).toBe(true)
  })
})

describe('the editor', () => {
  const document: Json = { name: 'x', steps: [{ id: 'a', inputs: { q: 1 } }, { id: 'b', parallel: [[{ id: 'c' }], [{ id: 'd' }]] }] }
  it('finds the steps with their paths, those in branches too', () => {
    expect(steps(document).map(each => each.path)).toEqual(['/steps/0', '/steps/1'])
    expect(steps(document)[1]?.inner.map(each => each.path)).toEqual(['/steps/1/parallel/0/0', '/steps/1/parallel/1/0'])
  })
})
