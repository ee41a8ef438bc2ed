import { gzipSync } from 'node:zlib'
import t from 'tap'
import { faultIn, type SagaFile } from './saga-file.ts'
import { readSagas, type ReadOptions } from './read-file.ts'

const at = '2026-01-01T00:00:00.000Z'

function file(sagaId = '0197c0de-0000-7000-8000-000000000001'): SagaFile {
  return {
    format: 'skald-saga/1',
    exported_at: at,
    saga: {
      saga_id: sagaId,
      machine: 'commande',
      version: '2',
      status: 'parked',
      state: 'parked.undoing',
      step: 'reserve',
      seq: 0,
      business_key: 'é',
      input: {},
      problem: null,
      trouble: null,
      created_at: at,
      updated_at: at,
    },
    definition: null,
    transitions: [
      { seq: 0, actor: null, event: { type: 'xstate.init' }, timer: null, at, state: '', snapshot: {} },
    ],
    events: [{ seq: 0, type: 'COMMANDE_CREEE', payload: {}, created_at: at }],
    service_events: null,
  }
}

const many = ['a', 'b', 'c'].map((id) => file(id))
const lines = many.map((one) => `${JSON.stringify(one)}\n`).join('')

const read = async (content: BlobPart, options?: ReadOptions) => readSagas(new Blob([content]), options)
const whole = async (content: BlobPart) => {
  const { sagas, fault } = await read(content)
  return { files: await Promise.all(sagas.map(async ({ load }) => load())), fault }
}

t.test('one saga and many, packed or not, are read', async (t) => {
  const pretty = JSON.stringify(many[0], null, 2)
  t.same(await whole(pretty), { files: [many[0]], fault: null })
  t.same(await whole(JSON.stringify(many[0])), { files: [many[0]], fault: null })
  t.same(await whole(gzipSync(pretty)), { files: [many[0]], fault: null })
  t.same(await whole(lines), { files: many, fault: null })
  t.same(await whole(gzipSync(lines)), { files: many, fault: null })
  t.same(await whole(`\n${lines.replaceAll('\n', '\r\n')}\n`), { files: many, fault: null })
})

t.test('a list of the sagas has their heads and lines without reading them again', async (t) => {
  const { sagas } = await read(`\n${lines}`)
  t.same(
    sagas.map(({ line, saga }) => [line, saga.saga_id]),
    [
      [2, 'a'],
      [3, 'b'],
      [4, 'c'],
    ],
  )
})

t.test('how far the reading has come is told', async (t) => {
  const shares: number[] = []
  await read(lines, { onProgress: (share) => shares.push(share) })
  t.equal(shares.at(-1), 1)
})

t.test('what can not be looked at is told in a sentence', async (t) => {
  const refused = async (content: BlobPart, message: RegExp, options?: ReadOptions) =>
    t.rejects(read(content, options), { name: 'FileError', message })
  await refused('', /^The file is empty\.$/)
  await refused('\n \n', /^The file is empty\.$/)
  await refused('hello', /^The file is not JSON, or it breaks off\.$/)
  await refused(JSON.stringify(many[0], null, 2).slice(0, -40), /breaks off/)
  await refused('null', /^Line 1 of the file is no saga that Skald exported\.$/)
  await refused('[]', /is no saga that Skald exported/)
  await refused('{"format":"other/1"}', /is no saga that Skald exported/)
  await refused(
    '{"format":"skald-saga/2"}',
    /format skald-saga\/2, which a newer Skald wrote; this page reads/,
  )
  await refused('{"format":"skald-saga/x"}', /format skald-saga\/x; this page reads/)
  await refused(gzipSync(lines).subarray(0, 60), /broken as gzip/)
  await refused('x'.repeat(100), /^The file has 1 MB; what is opened here has 0 MB at most\.$/, {
    bytesMax: 50,
  })
  await refused(gzipSync('x'.repeat(10_000)), /when it is unpacked/, { bytesMax: 100 })
})

t.test('what stands before a broken line can be looked at, and the line is told', async (t) => {
  const { sagas, fault } = await read(`${lines}broken\n`)
  t.equal(sagas.length, 3)
  t.equal(fault, 'Line 4 of the file is not JSON.')
})

t.test('a reading that was given up ends with the reason for it', async (t) => {
  const reason = new Error('another file came')
  await t.rejects(read(lines, { signal: AbortSignal.abort(reason) }), reason)
})

t.test('a member that the views rely on and that is not what it must be is named', async (t) => {
  const fault = (change: object) => faultIn({ ...file(), ...change })
  t.equal(fault({}), undefined)
  t.match(fault({ exported_at: 7 }), /exported_at must be a date/)
  t.equal(fault({ saga: [] }), 'is broken: saga must be an object')
  t.equal(fault({ saga: { ...file().saga, seq: -1 } }), 'is broken: saga.seq must be a whole number')
  t.match(fault({ saga: { ...file().saga, created_at: 'yesterday' } }), /saga\.created_at must be a date/)
  t.equal(fault({ transitions: {} }), 'is broken: transitions must be a list')
  t.equal(fault({ transitions: [null] }), 'is broken: transitions[0] must be an object')
  const [row] = file().transitions
  t.match(fault({ transitions: [row, { ...row, event: { type: 1 } }] }), /transitions\[1\]\.event must be/)
  t.match(fault({ events: [{ seq: 0 }] }), /events\[0\]\.type must be a text/)
  t.equal(fault({ definition: 'x' }), 'is broken: definition must be an object or null')
  t.equal(fault({ service_events: [] }), 'is broken: service_events must be an object or null')
})
