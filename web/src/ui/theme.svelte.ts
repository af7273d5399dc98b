export type Theme = 'auto' | 'light' | 'dark'

const KEY = 'theme'
const THEMES: Theme[] = ['auto', 'light', 'dark']
const stored = () => THEMES.find(each => each === localStorage.getItem(KEY)) ?? 'auto'

export const theme = $state({ now: stored() })

/** Show the theme that was chosen. */
export function apply() {
  if (theme.now === 'auto') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme.now
}

/** Go on to the next theme. */
export function turn() {
  theme.now = THEMES[(THEMES.indexOf(theme.now) + 1) % THEMES.length] ?? 'auto'
  localStorage.setItem(KEY, theme.now)
  apply()
}
