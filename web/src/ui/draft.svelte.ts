import type { Values } from '../api/types'
import { router } from '../router.svelte'

export type Wish = { action?: string; params?: Values; reference?: { id: string; media: string } }

/** What another page wants the Create page to start from. */
class Draft {
  wish = $state.raw<Wish | null>(null)

  /** Open Create with an action and its values, or with an asset to refer to. */
  open(wish: Wish) {
    this.wish = wish
    router.go('/')
  }

  /** Take the wish, once. */
  take(): Wish | null {
    const wish = this.wish
    this.wish = null
    return wish
  }
}

export const draft = new Draft()
