import { find, ROUTES } from './routes'

/** Where the page is. */
class Router {
  path = $state(location.pathname)
  query = $state(new URLSearchParams(location.search))
  readonly found = $derived(find(ROUTES, this.path))

  /** Go to an address of this app. */
  go(href: string, { replace = false } = {}) {
    const url = new URL(href, location.href)
    if (url.pathname + url.search === location.pathname + location.search) replace = true
    history[replace ? 'replaceState' : 'pushState'](null, '', url.pathname + url.search + url.hash)
    const moved = url.pathname !== this.path
    this.#read()
    if (moved) scrollTo(0, 0)
  }

  /** Let links of this app change the page without loading it anew. */
  listen() {
    addEventListener('popstate', () => this.#read())
    document.addEventListener('click', event => {
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
      const link = (event.target as Element).closest?.('a[href]') as HTMLAnchorElement | null
      if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return
      if (!find(ROUTES, link.pathname)) return
      event.preventDefault()
      this.go(link.href)
    })
  }

  #read() {
    this.path = location.pathname
    this.query = new URLSearchParams(location.search)
  }
}

export const router = new Router()
