/** What narrows the gallery down, as it stands in the address. */
export type Filters = { media: string; provider: string; action: string; q: string }

const NAMES = ['media', 'provider', 'action', 'q'] as const

/** Read the filters from an address. */
export function filters(query: URLSearchParams): Filters {
  return Object.fromEntries(NAMES.map(name => [name, query.get(name) ?? ''])) as Filters
}

/** Write the address of the gallery under some filters. */
export function href(given: Filters): string {
  const words = new URLSearchParams(NAMES.filter(name => given[name]).map(name => [name, given[name]]))
  const text = words.toString()
  return `/gallery${text ? `?${text}` : ''}`
}
