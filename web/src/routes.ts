import type { Component } from 'svelte'

export type Params = Record<string, string>
type Screen = Component<{ params: Params; query: URLSearchParams }>
/** A screen, and what it can begin to read before it is shown. */
type Loaded = { default: Screen; prepare?: () => void }
type Route = { pattern: string; load: () => Promise<Loaded> }

const SCREENS = import.meta.glob<Loaded>('./screens/*.svelte')

const PAGES: [pattern: string, screen: string][] = [
  ['/', 'create'],
  ['/chat', 'chat'],
  ['/chat/:id', 'chat'],
  ['/gallery', 'gallery'],
  ['/assets/:id', 'asset'],
  ['/templates', 'templates'],
  ['/templates/new', 'template'],
  ['/templates/:id', 'template'],
  ['/workflows', 'workflows'],
  ['/workflows/new', 'editor'],
  ['/workflows/:id', 'start'],
  ['/workflows/:id/edit', 'editor'],
  ['/runs', 'runs'],
  ['/runs/:id', 'run'],
  ['/needs-you', 'needs'],
  ['/interactions/:id', 'question'],
  ['/articles', 'articles'],
  ['/lists', 'lists'],
  ['/lists/:id', 'lists-rows'],
  ['/activity', 'activity'],
  ['/figures', 'figures'],
  ['/settings', 'settings'],
  ['/settings/:id', 'settings'],
  ['/presets', 'presets'],
  ['/presets/new', 'preset'],
  ['/presets/:id', 'preset'],
  ['/budgets', 'budgets'],
  ['/kit', 'kit'],
  ['/embed/create', 'create'],
  ['/embed/chat', 'chat'],
  ['/embed/chat/:id', 'chat'],
]

export const ROUTES: Route[] = PAGES.flatMap(([pattern, screen]) => {
  const load = SCREENS[`./screens/${screen}.svelte`]
  return load ? [{ pattern, load: () => load().then(found => (found.prepare?.(), found)) }] : []
})

/** Return the parameters of a path under a pattern such as `/a/:id`; null where it does not fit. */
export function fit(pattern: string, path: string): Params | null {
  const want = pattern.split('/').filter(Boolean)
  const have = path.split('/').filter(Boolean)
  if (want.length !== have.length) return null
  const params: Params = {}
  for (const [at, word] of want.entries()) {
    const given = have[at] ?? ''
    if (word.startsWith(':')) params[word.slice(1)] = decodeURIComponent(given)
    else if (word !== given) return null
  }
  return params
}

/** Find the route of a path. */
export function find<T extends { pattern: string }>(routes: T[], path: string): { route: T; params: Params } | null {
  for (const route of routes) {
    const params = fit(route.pattern, path)
    if (params) return { route, params }
  }
  return null
}
