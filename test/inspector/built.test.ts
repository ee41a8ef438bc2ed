// What is committed of the page is what its sources give.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { build } from 'vite'

t.setTimeout(120_000)

const CONFIG = fileURLToPath(new URL('../../orchestrator/inspector/vite.config.ts', import.meta.url))
const COMMITTED = fileURLToPath(new URL('../../orchestrator/inspector/dist', import.meta.url))

const outDir = await mkdtemp(join(tmpdir(), 'skald-built-'))
t.teardown(() => rm(outDir, { recursive: true, force: true }))
await build({ configFile: CONFIG, logLevel: 'silent', build: { outDir } })

async function filesIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
  const read = paths.map(async (path) => [relative(folder, path), await readFile(path, 'utf8')] as const)
  return new Map((await Promise.all(read)).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

const [built, committed] = await Promise.all([filesIn(outDir), filesIn(COMMITTED)])
const STALE = 'run `npm run build:inspector` and commit dist'

t.test('the built page is that of its sources', (t) => {
  t.same([...committed.keys()], [...built.keys()], STALE)
  const others = [...built].filter(([path, text]) => committed.get(path) !== text).map(([path]) => path)
  t.same(others, [], STALE)
  t.end()
})

/** Of what is loaded before anything of a saga can be seen. */
const BYTES_MAX = 60_000

const gzippedOf = (text: string) => gzipSync(text, { level: 9 }).byteLength

/** A page, what it loads at once, and what that loads; not what is loaded when somebody asks for it. */
function loadedBy(path: string, seen = new Set<string>()): Set<string> {
  const text = built.get(path)
  if (text === undefined || seen.has(path)) return seen
  seen.add(path)
  for (const [, name = ''] of text.matchAll(/(?:src|href)="\/inspector\/(assets\/[^"]+)"/g))
    loadedBy(name, seen)
  for (const [, name = ''] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g))
    loadedBy(`assets/${name}`, seen)
  return seen
}

t.test('the overview and the view of a saga are small', (t) => {
  const named = (pattern: RegExp) => [...built.keys()].filter((path) => pattern.test(path))
  const paths = new Set([
    ...loadedBy('index.html'),
    ...named(/saga-view-.*\.(js|css)$/).flatMap((path) => [...loadedBy(path)]),
  ])
  const sizes = [...built].map(([path, text]) => ({
    path,
    bytes: gzippedOf(text),
    isLoaded: paths.has(path),
  }))
  for (const { path, bytes, isLoaded } of sizes) {
    t.comment(`${String(bytes).padStart(6)} ${isLoaded ? '*' : ' '} ${path}`)
  }
  const bytes = sizes.reduce((sum, size) => sum + (size.isLoaded ? size.bytes : 0), 0)
  t.comment(`${String(bytes).padStart(6)} bytes under gzip of those with a star`)
  t.ok(bytes <= BYTES_MAX, `${bytes} bytes`)
  t.end()
})
