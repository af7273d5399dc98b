import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

// Only the folder of hashed files is outside the root: the server answers every other page with index.html.
const SERVER = 'http://127.0.0.1:8300'

export default defineConfig({
  plugins: [svelte()],
  base: '/',
  build: {
    assetsDir: 'static',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // What is seen together is packed together: many small files cost more than they save.
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: 'base', priority: 2, test: /preload-helper|styles\/|node_modules\/(svelte|clsx|esm-env|thumbhash)\/|src\/(api|live\/(store|reduce)|router|routes|App|main|schema\/(core|Folded|Results|rows|thumb)|screens\/(create\.|create\/(Composer|Entry|Examples|catalog))|ui\/(Icon|Problem|shell|shortcut|theme|words|Bar|Rail|Notes|draft|Menu|Progress|Media|Mosaic|AssetMenu|address)\.)/ },
            { name: 'dialogs', priority: 1, test: /src\/(ui\/(Dialog|Lightbox|Picker|Palette|Help|Running|MenuList|SignIn|copy)|screens\/create\/Chooser)/ },
            { name: 'form', priority: 1, test: /src\/schema\/(Form|Field|arrange|data|widgets(?!.Mask))|src\/ui\/chosen\./ },
                        { name: 'desk', test: /src\/(screens\/(settings|presets?|budgets|budget|figures|activity|kit)\b|ui\/(Chart|Places)\.)/ },
            { name: 'media', test: /src\/(screens\/(gallery|asset|chat|templates?)\b|screens\/(gallery|templates)\/|screens\/create\/(Source|Variables)|schema\/Assist|ui\/(Grid|Markdown|markdown)\b)/ },
            { name: 'flow', test: /src\/(screens\/(run|runs|start|needs|question|workflows|editor|articles|lists|lists-rows)\b|screens\/(run|lists|articles|editor)\/|schema\/(Interaction|Act|View|selection))/ },
          ],
        },
      },
    },
  },
  worker: { format: 'es' },
  server: { host: '127.0.0.1', proxy: { '/api': SERVER, '/sign-in': SERVER } },
  test: { include: ['tests/**/*.test.ts'] },
})
