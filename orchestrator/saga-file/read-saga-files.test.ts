import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { v7 as newSagaId } from 'uuid'
import { readSagaFiles, type ReadOptions } from './read-saga-files.ts'
import { SAGA_FILE_FORMAT, toLine, type SagaFile } from './saga-file.ts'

function file(change: Partial<SagaFile['saga']> = {}): SagaFile {
  const at = '2026-01-01T00:00:00.000Z'
  return {
    format: SAGA_FILE_FORMAT,
    exported_at: at,
    saga: {
      saga_id: newSagaId(),
      machine: 'commande',
      version: '1',
      status: 'running',
      state: 'doing.lock',
      step: null,
      seq: 0,
      business_key: 'é',
      input: {},
      problem: null,
      trouble: null,
      created_at: at,
      updated_at: at,
      ...change,
    },
    definition: null,
    transitions: [
      { seq: 0, actor: null, event: { type: 'xstate.init' }, timer: null, at, state: '', snapshot: {} },
    ],
    events: [],
    service_events: null,
  }
}

async function saved(name: string, content: string | Buffer): Promise<string> {
  const path = join(t.testdir(), name)
  await writeFile(path, content)
  return path
}

const read = (source: string | Readable, options?: ReadOptions) =>
  Readable.from(readSagaFiles(source, options)).toArray() as Promise<SagaFile[]>

const one = file()
const many = [file(), file(), file()]
const lines = many.map(toLine).join('')

t.test('one saga and many, packed or not, are read from files and streams', async (t) => {
  const whole = JSON.stringify(one, null, 2)
  t.same(await read(await saved('one.json', whole)), [one])
  t.same(await read(await saved('one.json.gz', gzipSync(whole))), [one])
  t.same(await read(await saved('many.jsonl', lines)), many)
  t.same(await read(await saved('many.jsonl.gz', gzipSync(lines))), many)
  t.same(await read(await saved('blank.jsonl', `\n${lines}\n\n`)), many)
  t.same(await read(await saved('windows.jsonl', lines.replaceAll('\n', '\r\n'))), many)
  t.same(await read(Readable.from([lines])), many)
  t.same(await read(Readable.from([gzipSync(lines)])), many)
})

const bytes = (buffer: Buffer) => Readable.from(Array.from(buffer, (byte) => Buffer.from([byte])))

t.test('a stream that comes byte by byte is read, packed or not', async (t) => {
  t.same(await read(bytes(Buffer.from(lines))), many)
  t.same(await read(bytes(gzipSync(lines))), many)
})

t.test('archives that were put one behind the other are one archive', async (t) => {
  const path = await saved('two.gz', Buffer.concat([gzipSync(toLine(one)), gzipSync(lines)]))
  t.same(await read(path), [one, ...many])
})

t.test('whoever has seen enough closes the file', async (t) => {
  const stream = Readable.from([lines], { objectMode: false })
  for await (const { saga } of readSagaFiles(stream)) {
    t.equal(saga.saga_id, many[0]?.saga.saga_id)
    break
  }
  t.ok(stream.destroyed)
})

t.test('what is broken is told with its place', async (t) => {
  const broken = async (content: string | Buffer, message: RegExp, options?: ReadOptions) => {
    await t.rejects(read(await saved('broken', content), options), { name: 'SagaFileError', message })
  }
  await broken('', /broken is empty$/)
  await broken('\n \n', /is empty$/)
  await broken('hello', /line 1: is not JSON/)
  await broken(`${lines}{"format":`, /line 4: is not JSON/)
  await broken(JSON.stringify(one, null, 2).slice(0, -40), /line \d\d: is not JSON/)
  await broken(JSON.stringify(one, null, 2).replace('"saga_id":', '"saga_id"'), /line 5: is not JSON/)
  await broken(gzipSync(lines).subarray(0, -20), /is broken as gzip/)
  await broken(`${lines}null\n`, /line 4: is no saga that Skald exported/)
  await broken('{"format":"other/1"}', /line 1: is no saga that Skald exported/)
  await broken(JSON.stringify([one]), /line 1: is no saga that Skald exported/)
  await broken(
    '{"format":"skald-saga/2"}',
    /format skald-saga\/2 of a newer Skald; this one reads skald-saga\/1/,
  )
  await broken(toLine({ ...one, transitions: {} as never }), /line 1: \/transitions must be array/)
  await broken(
    toLine(file({ created_at: '2026-13-45T99:99:99Z' })),
    /line 1: \/saga\/created_at must match format "date-time"/,
  )
  await broken(toLine(file({ seq: -1 })), /line 1: \/saga\/seq must be >= 0/)
  await broken(lines, /line 1: one saga is longer than 100 characters/, { lengthMax: 100 })
  await broken(JSON.stringify(one, null, 2), /one saga is longer than 300 characters/, { lengthMax: 300 })
  await broken('x'.repeat(1_000_000), /line 1: one saga is longer than 1000 characters/, { lengthMax: 1_000 })
  await t.rejects(read(import.meta.dirname), { message: /is a folder/ })
  await t.rejects(read('/nowhere/at/all'), { message: 'There is no file /nowhere/at/all' })
})

t.test('what stands before the broken line is read', async (t) => {
  const read: SagaFile[] = []
  await t.rejects(async () => {
    for await (const one of readSagaFiles(Readable.from([`${lines}broken`]))) read.push(one)
  })
  t.same(read, many)
})
