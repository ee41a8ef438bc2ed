import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const CORE =
  /page\/((address|api|hash|live|session|lazily|message-of)\.ts|verbs\/verb-list\.ts|file\/opened\.ts)$/

export default defineConfig({
  root: here('page'),
  base: '/inspector/',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: here('dist'),
    emptyOutDir: true,
    target: 'es2022',
    // No data: URLs, and no script within the page: the content security policy allows neither.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: here('page/index.html'), attach: here('page/attach.html') },
      // What is there from the start anyway is one file, whichever lazy parts need a piece of it: many small ones are
      // compressed badly, and each is asked for.
      output: { codeSplitting: { groups: [{ name: 'core', test: CORE }] } },
    },
  },
})
