import { expect, it } from 'vitest'
import source from '../src/ui/Icon.svelte?raw'
import shapes from '../src/ui/icons.svg?raw'

it('gives every icon that has a name a shape, and no shape is there in vain', () => {
  const named = [...source.split('</script>')[0]!.matchAll(/\| '(\w+)'/g)].map((found) => found[1])
  const drawn = [...shapes.matchAll(/id="(\w+)"/g)].map((found) => found[1])
  expect(named.length).toBeGreaterThan(30)
  expect(drawn).toEqual(named)
})
