import type { Problem } from '../api/client'

type Note = { id: number; text: string; kind: 'plain' | 'bad'; action?: { label: string; run: () => void } }

/** What a screen tells the frame around it. */
class Shell {
  title = $state('')
  back: { href: string; label: string } | null = $state(null)
  overlay: '' | 'palette' | 'help' | 'drawer' = $state('')
  signedOut = $state(false)
  notes: Note[] = $state([])
  #next = 0

  /** Name the page, and where it hangs. */
  page(title: string, back: { href: string; label: string } | null = null) {
    this.title = title
    this.back = back
    document.title = title ? `${title} · Maquette` : 'Maquette'
  }

  /** Say something in passing, at most with one button; what failed is also said where it failed. */
  say(text: string, action?: Note['action'], kind: Note['kind'] = 'plain') {
    const id = ++this.#next
    this.notes = [...this.notes.slice(-2), { id, text, kind, action }]
    setTimeout(() => this.unsay(id), action ? 10_000 : 5000)
  }

  /** Say what went wrong. */
  complain(fault: Problem) {
    this.say(fault.hint ? `${fault.message} ${fault.hint}` : fault.message, undefined, 'bad')
  }

  unsay(id: number) {
    this.notes = this.notes.filter(each => each.id !== id)
  }
}

export const shell = new Shell()
