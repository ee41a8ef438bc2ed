import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import type { KeptSagas } from '../store/house-store.ts'
import { Archive, ArchiveError } from './archive.ts'

const endedAt = new Date('2026-10-22T23:59:59.999Z')

function sagas(pieces: readonly string[], count: number, error?: Error): KeptSagas {
  async function* lines() {
    yield* pieces
    if (error !== undefined) throw error
  }
  return { status: 'done', count, endedAt, lines: lines() }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
}

t.test('what is kept is a whole gzip file in the folder of its day', async (t) => {
  const folder = join(t.testdir({}), 'not', 'there', 'yet')
  const { file } = await new Archive(folder).keep(sagas(['{"a":1}\n{"b"', ':2}\n'], 2))
  t.equal(gunzipSync(await readFile(file)).toString(), '{"a":1}\n{"b":2}\n')
  const files = await filesIn(folder)
  t.equal(files.length, 1)
  t.match(files[0]?.split(/[\\/]/), ['2026-10-22', /^done-[0-9a-f-]{36}\.jsonl\.gz$/])
  t.equal(join(folder, files[0] ?? ''), file)
})

t.test('what was not removed after all is not kept', async (t) => {
  const folder = t.testdir({})
  const kept = await new Archive(folder).keep(sagas(['{}\n'], 1))
  await kept.discard()
  t.strictSame(await filesIn(folder), [])
})

t.test('a file that would lack a saga is not kept', async (t) => {
  const folder = t.testdir({})
  await t.rejects(new Archive(folder).keep(sagas(['{}\n'], 2)), { message: /read 1 sagas instead of 2/ })
  t.strictSame(await filesIn(folder), [])
})

t.test('trouble with what is read is told as it is, and leaves nothing behind', async (t) => {
  const folder = t.testdir({})
  const away = Object.assign(new Error('read ECONNRESET'), { syscall: 'read' })
  await t.rejects(new Archive(folder).keep(sagas(['{}\n'], 1, away)), away)
  t.strictSame(await filesIn(folder), [])
})

t.test('a folder that can not be written to is named, with the reason', async (t) => {
  const file = join(t.testdir({ file: '' }), 'file')
  for (const folder of [file, join(file, 'below')]) {
    const archive = new Archive(folder)
    await t.rejects(archive.keep(sagas(['{}\n'], 1)), { name: ArchiveError.name, message: folder })
    await t.rejects(archive.tidy(), { name: ArchiveError.name, message: folder })
  }
})

t.test('a file that can not get its name leaves nothing behind', async (t) => {
  const folder = t.testdir({ '2026-10-22': 'where the folder of the day should be' })
  await t.rejects(new Archive(folder).keep(sagas(['{}\n'], 1)), { name: ArchiveError.name })
  t.strictSame(await filesIn(folder), ['2026-10-22'])
})

t.test('only parts of files that nobody writes any more are deleted', async (t) => {
  const folder = t.testdir({ 'done-1.jsonl.gz.part': 'young', 'done-2.jsonl.gz.part': 'old' })
  await mkdir(join(folder, '2026-10-22'))
  const kept = join('2026-10-22', 'done-3.jsonl.gz')
  await writeFile(join(folder, kept), 'old')
  const yesterday = Date.now() / 1_000 - 86_400
  for (const name of ['done-2.jsonl.gz.part', kept]) await utimes(join(folder, name), yesterday, yesterday)
  await new Archive(folder).tidy()
  t.strictSame((await filesIn(folder)).sort(), [kept, 'done-1.jsonl.gz.part'])
})
