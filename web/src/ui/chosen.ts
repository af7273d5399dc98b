import type { Attachment } from 'svelte/attachments'

/** Keep a list at a value, also when its options come later than the value. */
export function chosen(value: unknown): Attachment<HTMLSelectElement> {
  return list => {
    const set = () => (list.value = String(value ?? ''))
    const watch = new MutationObserver(set)
    watch.observe(list, { childList: true, subtree: true })
    set()
    return () => watch.disconnect()
  }
}
