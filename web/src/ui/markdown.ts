export type Inline = { kind: 'text' | 'code' | 'strong' | 'em' | 'link'; text: string; href?: string }
export type Block =
  | { kind: 'heading'; level: number; inline: Inline[] }
  | { kind: 'paragraph' | 'quote'; inline: Inline[] }
  | { kind: 'list'; ordered: boolean; items: Inline[][] }
  | { kind: 'code'; text: string }
  | { kind: 'rule' }

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|__([^_]+)__|\*([^*\s][^*]*)\*|_([^_\s][^_]*)_|\[([^\]]+)\]\((https?:\/\/[^\s)]+|\/[^\s)]*|mailto:[^\s)]+)\)/g

/** Read the marks inside a line; whatever is no mark stays text. */
export function inline(text: string): Inline[] {
  const found: Inline[] = []
  let at = 0
  for (const hit of text.matchAll(INLINE)) {
    if (hit.index > at) found.push({ kind: 'text', text: text.slice(at, hit.index) })
    const [all, code, strong, strong2, em, em2, title, href] = hit
    if (code !== undefined) found.push({ kind: 'code', text: code })
    else if (title !== undefined) found.push({ kind: 'link', text: title, href })
    else if (strong ?? strong2) found.push({ kind: 'strong', text: (strong ?? strong2) as string })
    else found.push({ kind: 'em', text: (em ?? em2) as string })
    at = hit.index + all.length
  }
  if (at < text.length) found.push({ kind: 'text', text: text.slice(at) })
  return found
}

/** Read the blocks of a Markdown text: headings, paragraphs, lists, quotes, code. HTML is text. */
export function blocks(text: string): Block[] {
  const made: Block[] = []
  const lines = text.replace(/\r/g, '').split('\n')
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const fence = /^(```|~~~)/.exec(line)?.[1]
    const heading = /^(#{1,6})\s+(.*?)#*\s*$/.exec(line)
    if (fence) {
      const body: string[] = []
      while (++at < lines.length && !lines[at]?.startsWith(fence)) body.push(lines[at] ?? '')
      made.push({ kind: 'code', text: body.join('\n') })
    } else if (heading) made.push({ kind: 'heading', level: heading[1]?.length ?? 1, inline: inline(heading[2] ?? '') })
    else if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) made.push({ kind: 'rule' })
    else if (line.trim()) at = gather(lines, at, made)
  }
  return made
}

const ITEM = /^\s*(?:[-*+]|(\d+)[.)])\s+(.*)$/

function gather(lines: string[], from: number, made: Block[]): number {
  let at = from
  const line = lines[at] ?? ''
  const item = ITEM.exec(line)
  const quote = /^\s*>/.test(line)
  const items: string[] = []
  for (; at < lines.length; at++) {
    const now = lines[at] ?? ''
    const other = ITEM.exec(now)
    if (!now.trim() || (!item && at > from && (other || /^(#{1,6}\s|```|~~~)/.test(now)))) break
    if (item && other) items.push(other[2] ?? '')
    else if (items.length) items[items.length - 1] += ` ${now.trim()}`
    else items.push(quote ? now.replace(/^\s*>\s?/, '') : now)
    if (!item && items.length > 1) items.splice(0, 2, `${items[0]}\n${items[1]}`)
  }
  if (item) made.push({ kind: 'list', ordered: item[1] !== undefined, items: items.map(inline) })
  else made.push({ kind: quote ? 'quote' : 'paragraph', inline: inline(items.join('\n')) })
  return at - (at < lines.length ? 1 : 0)
}
