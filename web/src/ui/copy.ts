import type { Asset } from '../api/types'
import { content } from './address'
import { shell } from './shell.svelte'

/** Put an image on the clipboard; where that cannot be, a link to the asset. */
export async function copy(asset: Asset) {
  try {
    if (asset.media === 'image' && typeof ClipboardItem !== 'undefined' && navigator.clipboard) {
      const made = fetch(content(asset, { format: 'png' })).then(answer => (answer.ok ? answer.blob() : Promise.reject(new Error(answer.statusText))))
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': made })])
      shell.say('The image is on the clipboard.')
      return
    }
  } catch {
    // Some browsers take no images, and some servers convert none: the link is the next best.
  }
  await words(new URL(content(asset), location.href).href, 'The link is on the clipboard.')
}

/** Put a text on the clipboard. */
export async function words(text: string, said = 'Copied.') {
  try {
    await navigator.clipboard.writeText(text)
    shell.say(said)
  } catch {
    shell.say(`This browser lets no page write to the clipboard here. The text is: ${text}`, undefined, 'bad')
  }
}
