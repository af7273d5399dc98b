import { describe, expect, it } from 'vitest'
import { filled, packed, whole } from '../src/schema/arrange'
import { carry, content, defaults, homeless, layout, lead, missing, only, options, payload, pointer, resolve, said, summary, visible, widget } from '../src/schema/core'
import { asAsset, child, display, label, nodes, pick, places } from '../src/schema/data'

const FORM = {
  type: 'object',
  required: ['words'],
  properties: {
    words: { type: 'string', 'x-widget': 'prompt' },
    width: { type: 'integer', default: 512, minimum: 64, maximum: 1024, 'x-widget': 'slider' },
    height: { type: 'integer', default: 768, minimum: 64, maximum: 1024, 'x-widget': 'slider' },
    style: { type: 'string', enum: ['plain', 'rich'], default: 'plain', 'x-widget': 'segmented' },
    depth: { type: 'integer', default: 3, 'x-advanced': true },
    grain: { type: 'number', 'x-visible': { style: 'rich' } },
  },
}

describe('pointers', () => {
  it('lists every place of the data that a pattern names, in the order of the data', () => {
    const data = { b: { two: 'x', one: { deep: 1 } }, a: { three: 'y' }, text: 'no' }
    expect(places('/{group}/{item}', data).map(each => each.path)).toEqual(['/b/two', '/b/one', '/a/three'])
    expect(places('/b/{item}', data)[1]?.vars).toEqual({ item: 'one' })
    expect(content(data, '/b/one/deep')).toBe(1)
  })
  it('reads the path of an error however it is written', () => {
    for (const path of ['/words', 'words', 'params.words', 'body.params.words', '/params/words']) expect(pointer(path)).toBe('/words')
    expect(pointer('rows[2].name')).toBe('/rows/2/name')
    expect(pointer('params')).toBe('/params')
  })
  it('puts an error at its field, and keeps what no field shows', () => {
    const errors = [{ path: 'params.words', message: 'too short' }, { path: '/other', message: 'unknown' }, { path: '/words/0', message: 'inner' }]
    expect(said(errors, '/words')).toEqual(['too short'])
    expect(said(errors, '/words', true)).toEqual(['too short', 'inner'])
    expect(homeless(errors, FORM).map(each => each.message)).toEqual(['unknown'])
  })
})

describe('schemas', () => {
  it('reads "T or nothing" as T and follows local references', () => {
    const root = { $defs: { size: { type: 'integer', title: 'Size' } } }
    expect(resolve({ anyOf: [{ $ref: '#/$defs/size' }, { type: 'null' }], default: 1 }, root)).toEqual({ type: 'integer', title: 'Size', default: 1 })
  })
  it('survives a reference to itself', () => {
    expect(() => resolve({ $ref: '#/$defs/a' }, { $defs: { a: { $ref: '#/$defs/a' } } })).not.toThrow()
  })
  it('chooses the branch by the type of the value, or by the word that tells them apart', () => {
    const either = { oneOf: [{ type: 'string', 'x-display': 'prose' }, { type: 'object', 'x-display': 'fields' }] }
    expect(display(pick(either, 'x'), 'x')).toBe('prose')
    expect(display(pick(either, {}), {})).toBe('fields')
    const tagged = { oneOf: [{ type: 'object', properties: { kind: { const: 'a' } }, title: 'A' }, { type: 'object', properties: { kind: { const: 'b' } }, title: 'B' }] }
    expect(pick(tagged, { kind: 'b' }).title).toBe('B')
  })
  it('makes names of the schema readable and shows the keys of a user as they are', () => {
    expect(label('first_name', {}, { properties: { first_name: {} } })).toBe('First name')
    expect(label('prompt_1_0', {}, { additionalProperties: {} })).toBe('prompt_1_0')
    expect(child({ additionalProperties: { type: 'string' } }, 'any')).toEqual({ type: 'string' })
  })
  it.each([
    [{ type: 'boolean' }, 'switch'],
    [{ enum: [1, 2] }, 'select'],
    [{ type: 'string', writeOnly: true }, 'password'],
    [{ type: 'string', format: 'date' }, 'date'],
    [{ type: 'array', items: { type: 'string' } }, 'tags'],
    [{ type: 'array', items: { enum: ['a'] } }, 'several'],
    [{ type: 'array', items: { type: 'object', properties: {} } }, 'rows'],
    [{ type: 'array', items: { type: 'string' }, 'x-widget': 'assets' }, 'assets'],
    [{ type: 'object', properties: { a: {} }, 'x-widget': 'json' }, 'form'],
    [{ type: 'object', 'x-widget': 'json' }, 'json'],
    [{ oneOf: [{ properties: {} }, { properties: {} }] }, 'branch'],
    [{ type: 'string', 'x-widget': 'never-heard-of' }, 'text'],
    [{}, 'json'],
  ])('asks for %j with %s', (schema, kind) => {
    expect(widget(schema)).toBe(kind)
  })
  it('reads choices with their titles', () => {
    expect(options({ oneOf: [{ const: 1, title: 'One' }, { const: 2 }] })).toEqual([{ value: 1, title: 'One', note: undefined }, { value: 2, title: '2', note: undefined }])
    expect(options({ type: 'string' })).toBeNull()
  })
})

describe('forms', () => {
  it('loses no field that the layout does not name, and folds the advanced ones', () => {
    expect(layout({ ...FORM, 'x-layout': [['words'], ['width', 'gone']] })).toEqual([['words'], ['width'], ['height'], ['style'], ['grain'], { group: 'More', collapsed: true, rows: [['depth']] }])
  })
  it('packs narrow fields of a group together', () => {
    expect(packed([['width'], ['height'], ['words'], ['depth']], FORM)).toEqual([['width', 'height'], ['words'], ['depth']])
  })
  it('starts from the defaults and from what is given', () => {
    expect(defaults(FORM, { words: 'hello' })).toEqual({ words: 'hello', width: 512, height: 768, style: 'plain', depth: 3 })
  })
  it('knows what a form is about', () => {
    expect(lead(FORM)).toBe('words')
    expect(lead({ properties: { a: { type: 'integer' } } })).toBeNull()
  })
  it('carries touched values to another schema, within its bounds, and lets the rest follow', () => {
    const to = { properties: { words: { type: 'string' }, width: { type: 'integer', default: 256, maximum: 600 }, style: { enum: ['rich'], default: 'rich' }, height: { type: 'integer', default: 100, maximum: 600 } } }
    expect(carry({ words: 'mine', width: 900, height: 768, style: 'plain', depth: 9 }, FORM, to)).toEqual({ words: 'mine', width: 600, style: 'rich', height: 100 })
  })
  it('shows a field by the value of another, and sends no hidden, empty or unknown ones', () => {
    expect(visible(FORM.properties.grain, { style: 'plain' })).toBe(false)
    expect(payload(FORM, { words: '', width: undefined, style: 'plain', grain: 3 })).toEqual({ words: '', style: 'plain' })
    expect(payload(FORM, { words: 'x', style: 'rich', grain: 3 })).toEqual({ words: 'x', style: 'rich', grain: 3 })
    expect(payload({ additionalProperties: false, properties: {} }, { more: 1 })).toEqual({})
  })
  it('names what is required and empty, but not a secret that the server holds', () => {
    expect(missing(FORM, {})).toEqual(['words'])
    expect(missing(FORM, {}, ['words'])).toEqual([])
  })
  it('sums up at a glance: sizes in one, what was changed, nothing dull', () => {
    expect(summary(FORM, { width: 512, height: 768, style: 'plain', depth: 3 })).toEqual(['512 × 768', 'Style plain'])
    expect(summary(FORM, { width: 512, height: 768, style: 'plain', depth: 7 })).toContain('Depth 7')
  })
  it('keeps some of the fields, with what is required of them', () => {
    expect(Object.keys(only(FORM, key => key !== 'words').properties)).not.toContain('words')
    expect(only(FORM, key => key !== 'words').required).toEqual([])
  })
})

describe('views', () => {
  const id = `asset_${'0'.repeat(32)}`
  it('knows an asset at any depth, however it is written', () => {
    expect(asAsset({ asset_id: id, media_type: 'video/mp4' })).toMatchObject({ id, media: 'video' })
    expect(asAsset({ id, media: 'image', mime: 'image/png' })).toMatchObject({ media: 'image' })
    expect(asAsset({ id: 'job_1', media: 'image' })).toBeNull()
    expect(asAsset('asset_1')).toBeNull()
  })
  it.each([[[{ a: 1 }], 'table'], [['x'], 'list'], [{ a: 1 }, 'fields'], ['x', 'prose'], [[{ asset_id: id }], 'media']])('draws %j as %s without a hint', (value, kind) => {
    expect(display({}, value)).toBe(kind)
  })
  it('orders children as asked, leaves the hidden out, and keeps the order of the data otherwise', () => {
    const schema = { properties: { c: {}, gone: { 'x-display': 'hidden' } }, 'x-order': ['c'] }
    expect(nodes({ b: 1, gone: 2, a: 3, c: 4 }, schema, '', schema).map(each => each.key)).toEqual(['c', 'b', 'a'])
  })
})

describe('a pattern', () => {
  const fits = (pattern: string, text: string) => new RegExp(`^(?:${whole(pattern)})$`, 'v').test(text)
  it('may fit any part of the text, unless it says where', () => {
    expect(fits('[A-Za-z0-9]', 'Mine first')).toBe(true)
    expect(fits('^[a-z]+$', 'Mine')).toBe(false)
    expect(fits('^M', 'Mine')).toBe(true)
    expect(fits('e$', 'Mine')).toBe(true)
    expect(fits('\\$', 'no price')).toBe(false)
  })
})

describe('an address', () => {
  it('is filled with other values, and is none while one of them is empty', () => {
    expect(filled('/a/{one}/{some.0.name}', { one: 'x y', some: [{ name: 'z' }] })).toBe('/a/x%20y/z')
    expect(filled('/a/{one}', {})).toBe('')
  })
})
