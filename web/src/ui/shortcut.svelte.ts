import { untrack } from 'svelte'

export type Shortcut = { keys: string; label: string; run: () => void }

const STORED = 'letters'
const WAIT_MS = 900

/** Keys that do something; single letters rest while a field has the focus, and can be switched off. */
class Shortcuts {
  letters = $state(localStorage.getItem(STORED) !== 'off')
  all: Shortcut[] = $state.raw([])
  #before = ''
  #timer: ReturnType<typeof setTimeout> | undefined

  /** Add keys for as long as something is shown; returns what takes them away. Use it in an `$effect`. */
  add(...some: Shortcut[]): () => void {
    // What adds keys must not run again because keys were added.
    this.all = [...some, ...untrack(() => this.all)]
    return () => (this.all = this.all.filter(each => !some.includes(each)))
  }

  toggle() {
    this.letters = !this.letters
    localStorage.setItem(STORED, this.letters ? 'on' : 'off')
  }

  listen() {
    addEventListener('keydown', event => this.#press(event))
  }

  #press(event: KeyboardEvent) {
    if (event.defaultPrevented || event.isComposing) return
    const chord = `${event.ctrlKey || event.metaKey ? 'Mod+' : ''}${event.altKey ? 'Alt+' : ''}${event.key.length === 1 ? event.key.toLowerCase() : event.key}`
    const modified = chord.startsWith('Mod+') || chord.startsWith('Alt+')
    if (!modified && (!this.letters || busy(event))) return
    const keys = this.#before ? `${this.#before} ${chord}` : chord
    const found = this.all.find(each => each.keys === keys) ?? this.all.find(each => each.keys === chord)
    clearTimeout(this.#timer)
    this.#before = ''
    if (found) {
      event.preventDefault()
      found.run()
    } else if (this.all.some(each => each.keys.startsWith(`${chord} `))) {
      this.#before = chord
      this.#timer = setTimeout(() => (this.#before = ''), WAIT_MS)
    }
  }
}

/** Tell whether a key belongs to what has the focus. */
export function busy(event: KeyboardEvent): boolean {
  const at = event.target as HTMLElement | null
  if (document.querySelector('dialog:modal') || !at?.closest) return true
  const field = at.closest<HTMLElement>('input, textarea, select, [contenteditable="true"], [role="combobox"], [role="listbox"]')
  if (!field) return false
  const kind = field instanceof HTMLInputElement ? field.type : ''
  return !['radio', 'checkbox', 'range', 'button'].includes(kind) || event.key === ' ' || event.key.startsWith('Arrow')
}

export const shortcuts = new Shortcuts()
