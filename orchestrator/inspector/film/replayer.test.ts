// Sagas told again while the process has other things to do.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { AnyEventObject } from 'xstate'
import { errorOf } from '../../../machines/commande/walk.ts'
import { machines } from '../../../machines/registry.ts'
import { openJournal, ownAll } from '../../../test/kit/journal-database.ts'
import { keptJournal } from '../../../test/kit/kept-journals.ts'
import { storeSaga } from '../../../test/kit/stored-saga.ts'
import type { DurableSnapshot } from '../../engine/durable.ts'
import { ReplayMachines } from '../../engine/replay/machines.ts'
import { ToldSaga } from '../../engine/replay/told-saga.ts'
import type { SagaFile } from '../../saga-file/saga-file.ts'
import type { FilmedSaga } from '../../store/saga-film.ts'
import { Replayer, type ReplayerOptions } from './replayer.ts'
import { BusyError } from './turns.ts'

const journal = await openJournal(t)
const [lease] = await ownAll(journal)
const { film } = journal.reader

async function stored(file: SagaFile): Promise<FilmedSaga> {
  const saga_id = randomUUID()
  await storeSaga(journal, lease, { ...file, saga: { ...file.saga, saga_id } })
  const saga = await film.find(saga_id)
  if (saga === undefined) throw new Error('it was stored')
  return saga
}

const AT = '2026-01-01T00:00:00.000Z'

/** A commande whose compensation fails and is tried again, over and over: the longest kind of saga that there is. */
async function circling(transitions: number): Promise<FilmedSaga> {
  const { file } = keptJournal('2', 'compensated')
  const { input } = Object(file.transitions[0]?.event) as { input: { saga_id: string } }
  const known = new ReplayMachines(machines)
  const prepared = known.find({ machine: 'commande', version: '2' })
  if (prepared === undefined) throw new Error('commande 2 is not here')
  known.setClock(Date.parse(AT))
  const told = new ToldSaga(prepared, input.saga_id, { input })
  const rows: SagaFile['transitions'] = []
  const note = (event: AnyEventObject, timer: string | null) => {
    const seq = rows.length
    rows.push({ seq, actor: null, event, timer, at: AT, state: '', snapshot: told.persisted })
  }
  note({ type: 'xstate.init', input }, null)
  while (rows.length < transitions) {
    const { children, timers } = told.snapshot as DurableSnapshot
    const [call] = Object.keys(children)
    const [timer] = Object.entries(timers)
    const [name, event] =
      call === undefined ? [timer?.[0] ?? null, timer?.[1].event] : [null, errorOf(call, 'in doubt')]
    if (event === undefined) throw new Error('it has ended')
    told.process({ seq: 0, actor: null, event, timer: name, at: Date.parse(AT), snapshot: null })
    note(event, name)
  }
  const saga = { ...file.saga, seq: rows.length - 1, status: 'parked' as const }
  const events = file.events.filter(({ seq }) => seq === 0)
  return await stored({ ...file, saga, transitions: rows, events })
}

const kept = async () => await stored(keptJournal('2', 'done').file)
const replayer = (bounds: NonNullable<ReplayerOptions['bounds']> = {}) =>
  new Replayer({ film, machines, bounds })
const ask = (saga: FilmedSaga, isGone = () => false) => ({ saga, against: saga.version, isGone })

t.test('the longest saga is told in slices, with the edges of each transition', async (t) => {
  const saga = await circling(2_000)
  // At the beginning of each slice, how often others have had their turn.
  const turns: number[] = []
  let turn = 0
  let next = setImmediate(function others() {
    turn += 1
    next = setImmediate(others)
  })
  const beginning = () => {
    turns.push(turn)
    return false
  }
  const verdict = await replayer().tell(ask(saga, beginning))
  clearImmediate(next)
  t.match(verdict, { outcome: 'identical', difference: null })
  t.ok(turns.length > 3, `${turns.length} slices`)
  t.same([...new Set(turns)], turns)
  t.equal(Object.keys(verdict?.edges ?? {}).length, 2_000)
  t.same(verdict?.edges[1], ['doing.lock|xstate.error.actor.lock|1'])
  t.same(verdict?.edges[3], ['parked.undoing|xstate.after.nextTry.commande.parked.undoing|0'])
})

t.test('one that is too long, too large or too slow is not told to its end', async (t) => {
  const saga = await circling(40)
  t.match(await replayer({ transitionsMax: 39 }).tell(ask(saga)), { outcome: 'too-long', edges: {} })
  t.match(await replayer({ transitionsMax: 40 }).tell(ask(saga)), { outcome: 'identical' })
  t.match(await replayer({ bytesMax: 1_000 }).tell(ask(saga)), { outcome: 'too-long' })
  const { file } = keptJournal('2', 'done')
  const note = 'x'.repeat(1_000_000)
  const transitions = file.transitions.map((row) => ({ ...row, snapshot: { ...Object(row.snapshot), note } }))
  const packed = await stored({ ...file, transitions })
  t.ok((await film.storedBytes(packed)) < 200_000)
  t.match(await replayer({ bytesMax: 200_000 }).tell(ask(packed)), { outcome: 'too-long' }, 'unpacked')
  t.match(await replayer({ snapshotBytesMax: 100 }).tell(ask(saga)), { outcome: 'too-long' }, 'in one go')
  t.match(await replayer({ timeMaxMs: -1 }).tell(ask(saga)), { outcome: 'too-long' })
})

t.test('sagas are told one behind the other, and more than a few are sent away', async (t) => {
  const saga = await kept()
  const busy = replayer({ waitingMax: 2 })
  const both = [busy.tell(ask(saga)), busy.tell(ask(saga))]
  await t.rejects(busy.tell(ask(saga)), BusyError)
  t.match(await Promise.all(both), [{ outcome: 'identical' }, { outcome: 'identical' }])
  t.match(await busy.tell(ask(saga)), { outcome: 'identical' }, 'there is room again')
})

t.test('nothing is told to a caller who has gone, nor kept from the next', async (t) => {
  const saga = await kept()
  const busy = replayer()
  const gone = busy.tell(ask(saga, () => true))
  t.match(await busy.tell(ask(saga)), { outcome: 'identical' })
  t.equal(await gone, undefined)
})

t.test('one that can not be read does not keep the next from being told', async (t) => {
  const saga = await kept()
  const busy = replayer()
  const broken = busy.tell(ask({ ...saga, saga_id: 'no uuid' }))
  await t.rejects(broken, /uuid/)
  t.match(await busy.tell(ask(saga)), { outcome: 'identical' })
  const vanished = { ...saga, saga_id: randomUUID() }
  t.match(await busy.tell(ask(vanished)), { outcome: 'differs', difference: { kind: 'journal' } })
})

t.test('a version that is not here is not told, and said', async (t) => {
  const saga = await kept()
  const older = new Replayer({ film, machines: machines.slice(0, 1) })
  t.match(await older.tell(ask(saga)), { outcome: 'untold', missing: ['2'], edges: {} })
  t.ok(older.knows('commande', '1'))
  t.notOk(older.knows('commande', '2'))
})
