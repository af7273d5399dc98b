import { vitePreprocess } from '@sveltejs/vite-plugin-svelte'

// A component's rules are told from another's by a mark: the usual one of fourteen signs cost 1.3 kB in all.
const owners = new Map()
function cssHash({ hash, filename, css }) {
  const mark = `s${hash(filename || css).slice(-3)}`
  if ((owners.get(mark) ?? filename) !== filename) throw new Error(`${filename}: the mark ${mark} is taken; make it longer`)
  owners.set(mark, filename)
  return mark
}

export default { preprocess: vitePreprocess(), compilerOptions: { cssHash, runes: true } }
