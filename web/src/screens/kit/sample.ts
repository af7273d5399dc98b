import type { Asset, Job, Schema } from '../../api/types'

/** A form with one field of each widget. */
export const WIDGETS: Schema = {
  type: 'object',
  required: ['prompt', 'text', 'count', 'asset'],
  properties: {
    prompt: { type: 'string', title: 'Prompt', 'x-widget': 'prompt', description: 'What to make, in your own words.' },
    text: { type: 'string', title: 'Text', 'x-placeholder': 'A few words', description: 'A short line.' },
    url: { type: 'string', title: 'Address', 'x-widget': 'url', 'x-placeholder': 'An address' },
    date: { type: 'string', title: 'Date', 'x-widget': 'date' },
    password: { type: 'string', title: 'Key', 'x-widget': 'password', writeOnly: true },
    number: { type: 'number', title: 'Number', 'x-unit': 's', minimum: 0 },
    slider: { type: 'number', title: 'Slider', 'x-widget': 'slider', minimum: 0, maximum: 30, 'x-step': 0.5 },
    seed: { type: 'integer', title: 'Seed', 'x-widget': 'seed', minimum: -1, maximum: 4294967295 },
    count: { type: 'integer', title: 'Count', 'x-widget': 'count', minimum: 1, maximum: 8 },
    segmented: { type: 'string', title: 'Segmented', 'x-widget': 'segmented', enum: ['auto', 'low', 'medium', 'high'] },
    select: { type: 'string', title: 'Select', 'x-widget': 'select', enum: ['first', 'second', 'a rather long third choice'] },
    combobox: { type: 'string', title: 'Combobox', 'x-widget': 'combobox', examples: ['small-1', 'large-2', 'huge-3'] },
    size: { type: 'string', title: 'Size', 'x-widget': 'size', examples: ['1024x1024', '1536x1024', '1024x1536', '2048x1152'] },
    color: { type: 'string', title: 'Colour', 'x-widget': 'color' },
    switch: { type: 'boolean', title: 'Switch', description: 'On or off.' },
    tags: { type: 'array', items: { type: 'string' }, title: 'Tags' },
    several: { type: 'array', items: { enum: ['one', 'two', 'three'] }, title: 'Several' },
    asset: { type: 'string', title: 'Asset', 'x-widget': 'asset', 'x-accept': ['image'] },
    assets: { type: 'array', items: { type: 'string' }, title: 'Assets', 'x-widget': 'assets', 'x-accept': ['image'] },
    mask: { type: 'string', title: 'Mask', 'x-widget': 'mask', 'x-accept': ['image'], 'x-mask': { over: 'asset', paint: 'white' } },
    textarea: { type: 'string', title: 'Long text', 'x-widget': 'textarea' },
    json: { title: 'JSON', 'x-widget': 'json' },
    code: { type: 'string', title: 'Code', 'x-widget': 'code' },
    group: { type: 'object', title: 'Group', properties: { name: { type: 'string', title: 'Name' }, size: { type: 'integer', title: 'Size' } } },
    rows: { type: 'array', title: 'Rows', items: { type: 'object', title: 'Row', properties: { name: { type: 'string', title: 'Name' }, weight: { type: 'number', title: 'Weight' } } } },
    branch: { title: 'One of', oneOf: [{ type: 'object', title: 'By name', properties: { kind: { const: 'name' }, name: { type: 'string', title: 'Name' } } }, { type: 'object', title: 'By number', properties: { kind: { const: 'number' }, number: { type: 'integer', title: 'Number' } } }] },
    advanced: { type: 'number', title: 'Advanced', 'x-widget': 'slider', minimum: 0, maximum: 1, 'x-step': 0.1, 'x-advanced': true },
  },
  'x-layout': [['prompt'], ['text', 'url', 'date'], ['password', 'number', 'slider'], ['seed', 'count', 'size'], ['segmented'], ['select', 'combobox', 'color'], ['switch', 'several'], ['tags'], ['asset', 'mask'], ['assets'], ['textarea'], ['json'], ['code'], ['group'], ['rows'], ['branch']],
  'x-summary': ['size', 'slider', 'seed', 'segmented'],
}

export const FILLED = {
  prompt: 'A tall ship entering a harbour at sunrise, long shadows over the water', text: 'A short line', url: '/elsewhere', date: '2026-11-20', number: 12, slider: 7.5, seed: 1234, count: 4, segmented: 'medium', select: 'second',
  combobox: 'large-2', size: '1536x1024', color: '#3348c9', switch: true, tags: ['calm', 'wide'], several: ['one', 'three'], textarea: 'Several lines\nof text', json: { a: [1, 2, 3] }, code: 'for each in all:\n    keep(each)', group: { name: 'Group', size: 3 },
  rows: [{ name: 'First', weight: 1 }, { name: 'Second', weight: 0.5 }], branch: { kind: 'name', name: 'Alpha' }, advanced: 0.4,
}

export const FAULTS = [
  { path: '/text', message: 'This is too short: at least 3 characters.' },
  { path: '/slider', message: 'This has to be at most 20.' },
  { path: '/combobox', message: 'There is no such model; did you mean “large-2”?' },
  { path: '/segmented', message: 'Only “low” is allowed here.' },
  { path: '/asset', message: 'This asset is deleted.' },
  { path: '/group/size', message: 'This has to be positive.' },
  { path: '/unknown', message: 'There is no such field.' },
]

function drawing(width: number, height: number, hue: number): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="hsl(${hue} 34% 72%)"/><circle cx="${width * 0.7}" cy="${height * 0.35}" r="${height * 0.14}" fill="hsl(${hue + 30} 70% 86%)"/><path d="M0 ${height * 0.75}L${width * 0.35} ${height * 0.5}L${width * 0.6} ${height * 0.72}L${width} ${height * 0.55}V${height}H0z" fill="hsl(${hue} 30% 40%)"/></svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}

const id = (at: number) => `asset_${String(at).padStart(32, '0')}`

/** Make an asset of a shape; nothing is fetched for it. */
export function asset(at: number, width: number, height: number, media = 'image'): Asset {
  const url = drawing(width, height, (at * 67) % 360)
  const seen = media === 'image' || media === 'video'
  return { id: id(at), media, mime: media === 'image' ? 'image/svg+xml' : media === 'text' ? 'text/plain' : 'application/octet-stream', width, height, name: `sample-${at}`, size: 120_000 * at, duration_ms: media === 'video' ? 6000 : null, pages: media === 'document' ? 3 : null, index: at, notes: media === 'text' ? { excerpt: 'Once the last boat had left, the harbour was quiet again, and only the gulls kept watch over the stones.' } : {}, urls: { content: url, small: seen ? url : null, medium: seen ? url : null } }
}

const plain = (at: number, more: Partial<Job>): Job => ({ id: `job_${String(at).padStart(32, '0')}`, action: '', produces: 'image', state: 'succeeded', params: { prompt: 'A tall ship entering a harbour', n: 3, width: 1200, height: 800 }, assets: [], created_at: 1_795_000_000_000, ...more })
const done = plain(1, { assets: [asset(1, 1200, 800), asset(2, 800, 1200), asset(3, 1000, 1000), asset(4, 1600, 900)] })

export const JOBS: { title: string; jobs: Job[] }[] = [
  { title: 'Running, share known', jobs: [plain(2, { state: 'running', created_at: Date.now() - 4000, progress: { phase: 'painting', fraction: 0.42, message: 'Step 12 of 30', elapsed_ms: 4000 } })] },
  { title: 'Running, share unknown, beside earlier results', jobs: [done, plain(3, { state: 'running', created_at: Date.now() - 9000, params: { n: 2 } })] },
  { title: 'Queued', jobs: [plain(4, { state: 'queued', params: { n: 1 } })] },
  { title: 'Failed, beside earlier results', jobs: [done, plain(5, { state: 'failed', error: { code: 'rate_limited', detail: 'The provider takes no more requests this minute.', hint: 'Wait a minute, or add a second account.', provider_error: { status: 429 } } })] },
  { title: 'Failed at once', jobs: [plain(6, { state: 'failed', error: { detail: 'The prompt was refused by the provider.', hint: 'Change the words and try again.' } })] },
  { title: 'Cancelled', jobs: [plain(7, { state: 'cancelled', assets: [asset(5, 900, 900)] })] },
  { title: 'Every medium', jobs: [plain(8, { assets: [asset(6, 1600, 900), asset(7, 1280, 720, 'video'), asset(8, 0, 0, 'audio'), asset(9, 0, 0, 'text'), asset(10, 0, 0, 'document')] })] },
]

export const DATA = {
  north: { first_1: 'A ship on a calm sea, seen from the quay', second_1: { subject: 'A ship', light: 'Low sun, long shadows', mood: 'Calm' } },
  facts: { price: 1_250_000, made: 1_795_000_000_000, state: 'ready', page: '/settings', note: '**Bold** words, a `mark`, and\n\n- one\n- two', raw: { a: 1, b: [true, null] } },
  table: [{ name: 'First', took: '1.2 s', cost: 0.01 }, { name: 'Second', took: '0.8 s', cost: 0.02 }],
  pictures: [asset(11, 1200, 800), asset(12, 800, 1000), asset(13, 1600, 700)],
  pair: [asset(14, 1200, 700), asset(15, 1200, 700)],
  long: 'Many words that go on. '.repeat(40),
}

export const DISPLAY: Schema = {
  'x-display': 'sections',
  properties: {
    north: { title: 'Sections and cards', 'x-display': 'cards', additionalProperties: { oneOf: [{ type: 'string', 'x-display': 'prose' }, { type: 'object', 'x-display': 'fields', properties: { subject: { 'x-emphasis': 'strong' }, light: {}, mood: {} } }] } },
    facts: { title: 'Fields', 'x-display': 'fields', properties: { price: { 'x-display': 'money' }, made: { 'x-display': 'date' }, state: { 'x-display': 'badge' }, page: { 'x-display': 'link' }, note: { 'x-display': 'markdown' }, raw: { 'x-display': 'json' } } },
    table: { title: 'Table', 'x-display': 'table' },
    pictures: { title: 'Media', 'x-display': 'media' },
    pair: { title: 'Compare', 'x-display': 'compare' },
    long: { title: 'Clamped text', 'x-clamp': 3 },
  },
}
