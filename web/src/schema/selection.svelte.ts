import type { Asset, Select } from '../api/types'

/** What is chosen over a whole interaction; wherever a result is drawn, it offers itself to this. */
export class Selection {
  readonly name: string
  readonly min: number
  readonly max: number
  readonly media: string[] | null
  ids: string[] = $state([])
  readonly valid = $derived.by(() => this.ids.length >= this.min && this.ids.length <= this.max)

  constructor(name: string, select: Pick<Select, 'min' | 'max' | 'media'>) {
    this.name = name
    this.min = select.min ?? 1
    this.max = select.max ?? 1
    this.media = select.media ?? null
  }

  /** Whether one at most can be chosen, so that a new choice takes the old one's place. */
  get single() {
    return this.max === 1
  }

  takes(asset: Asset) {
    return !this.media || this.media.includes(asset.media)
  }

  has(id: string) {
    return this.ids.includes(id)
  }

  /** Choose; what is chosen already is let go. */
  toggle(id: string) {
    if (this.has(id)) this.ids = this.ids.filter(each => each !== id)
    else if (this.single) this.ids = [id]
    else if (this.ids.length < this.max) this.ids = [...this.ids, id]
  }
}
