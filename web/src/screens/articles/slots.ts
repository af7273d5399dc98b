import type { Content, ContentImage } from '../../api/types'

/** Return all pictures of an article, in the order in which they are shown. */
export function slots(content: Content): ContentImage[] {
  const single = [content.featured_image, content.desktop_image, content.mobile_image]
  return [...single.filter(each => each !== null), ...content.in_article_images]
}

const NAMES: Record<string, string> = { featured: 'Featured', in_article: 'In the article', desktop: 'Wide screens', mobile: 'Narrow screens' }

/** Say what a picture is in its article. */
export const called = (slot: ContentImage) => (slot.kind === 'in_article' ? `${NAMES.in_article} ${slot.position}` : (NAMES[slot.kind] ?? slot.kind))
