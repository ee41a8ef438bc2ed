// `skald verify` and `skald export`: the real commands, on kept journals and at a live system.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { toLine, type SagaFile } from '../../orchestrator/saga-file/saga-file.ts'
import { listening } from '../kit/listening.ts'
import { keptJournal, keptJournals } from '../kit/kept-journals.ts'
import { inShell, skald } from './command.ts'
import { shopWithTroubles } from './shop-with-troubles.ts'

const NOWHERE = { url: 'http://127.0.0.1:1' }
const MACHINES = join(import.meta.dirname, '../../machines')
const dir = t.testdir()

const verify = (args: string[], url = NOWHERE.url) => skald(t, ['verify', ...args], { url })

async function written(name: string, content: string): Promise<string> {
  const path = join(dir, name)
  await writeFile(path, content)
  return path
}

/** The saga as it stood behind this transition. */
function until(seq: number, { saga, transitions, events, ...rest }: SagaFile): SagaFile {
  return {
    ...rest,
    saga: { ...saga, seq, status: 'running' },
    transitions: transitions.slice(0, seq + 1),
    events: events.filter((event) => event.seq <= seq),
  }
}

const ofV1 = keptJournals('1').filter(({ file }) => file.saga.version === '1')
const paths = ofV1.map(({ path }) => path)

t.test('ended sagas that are told the same break nothing', async (t) => {
  const { code, stdout, stderr } = await verify(['--against', '1', '--from', ...paths])
  t.equal(code, 0)
  t.equal(stderr, '', 'no progress bar in a pipe')
  t.match(stdout, `${ofV1.length} sagas against 1`)
  t.match(stdout, '✓ fits: all are told the same')
})

t.test('a file without a machine is a mistake, and nothing to deploy by', async (t) => {
  const steps = await written('steps.ts', 'export const lock = 1\n')
  const { code, stderr } = await verify(['--against', steps, '--from', ...paths])
  t.equal(code, 2)
  t.match(stderr, 'exports no machine.')
})

t.test('a snapshot that nobody can read keeps no other saga from its verdict', async (t) => {
  const [whole] = ofV1
  if (whole === undefined) throw new Error('no kept journal')
  const broken = until(1, structuredClone(whole.file))
  const [last] = broken.transitions.slice(-1)
  Object.assign(Object(last?.snapshot) as object, { timers: { broken: null } })
  const path = await written('broken.jsonl', toLine(broken))
  const { code, stdout } = await verify(['--against', '1', '--from', path, ...paths, '--json'])
  t.equal(code, 1)
  t.match(JSON.parse(stdout), { sagas: ofV1.length + 1, unfit: 1, clean: ofV1.length })
})

t.test('what is told otherwise is grouped by where and how', async (t) => {
  const { code, stdout } = await verify(['--against', '2', '--from', ...paths, '--json'])
  t.equal(code, 1)
  const told = JSON.parse(stdout) as { groups: object[]; clean: number; differ: number }
  t.equal(told.clean + told.differ, ofV1.length)
  t.match(told, { verdict: 'breaks', ended: ofV1.length, inFlight: 0 })
  t.match(told.groups[0], {
    machine: 'commande@1',
    what: 'replay',
    at: 'undo-reserve failed',
    kind: 'state',
    why: 'It led to parked, and leads to parked.undoing now.',
    sagas: 3,
  })
  const table = await verify(['--against', '2', '--from', ...paths])
  t.match(table.stdout, /SAGAS +MACHINE +AT +WHAT +WHY +SUCH AS\n +3 +commande@1 +undo-reserve failed +state/)
  t.match(table.stdout, /✗ breaks: \d would be told otherwise\./)
})

t.test('those in flight must fit the changed chart, or be moved to it', async (t) => {
  const inCreate = until(2, keptJournal('1', 'done').file)
  const inUndo = until(3, keptJournal('1', 'in-doubt-at-create').file)
  const file = await written('flight.jsonl', toLine(inCreate) + toLine(inUndo))
  const to2 = await verify(['--against', '2', '--from', file, '--json'])
  t.match(JSON.parse(to2.stdout), { inFlight: 2, movable: 2, immovable: 0, stranded: 0 })
  const config = `{ ...commande.config, states: { ...states, doing: { ...states.doing, states: { lock: {}, reserve: {} } } } }`
  const code = `import { StateMachine } from 'xstate'
    import { commande } from '${MACHINES}/commande/v1/chart.ts'
    const { states } = commande.config
    export const machine = new StateMachine(${config}, commande.implementations)`
  const gone = await verify(['--against', await written('gone.ts', code), '--from', file, '--json'])
  t.equal(gone.code, 1)
  t.match(JSON.parse(gone.stdout), { fit: 1, unfit: 1, stranded: 1 })
  const same = await verify(['--against', '1', '--from', file])
  t.equal(same.code, 0)
  t.match(same.stdout, /✓ +2 in flight fit as they stand/)
})

t.test('a file may bring the migration to its version', async (t) => {
  const file = await written('one.jsonl', toLine(until(2, keptJournal('1', 'done').file)))
  const machine = `import { StateMachine } from 'xstate'
    import { commande } from '${MACHINES}/commande/v1/chart.ts'
    export const next = new StateMachine({ ...commande.config, version: '3' }, commande.implementations)`
  const against = async (name: string, migrate: string) =>
    verify(['--against', await written(name, `${machine}\n${migrate}`), '--from', file, '--json'])
  const moved = await against('moves.ts', 'export const migrate = (snapshot) => snapshot')
  t.equal(moved.code, 0)
  t.match(JSON.parse(moved.stdout), { movable: 1, fit: 1 })
  const lost = await against('loses.ts', 'export const migrate = (snapshot) => ({ ...snapshot, value: "x" })')
  t.match(JSON.parse(lost.stdout), { immovable: 1, groups: [{ what: 'migration' }] })
})

t.test('what can not be told, or is nothing, is said', async (t) => {
  const { saga, ...rest } = keptJournal('1', 'done').file
  const other = await written('other.jsonl', toLine({ ...rest, saga: { ...saga, machine: 'other' } }))
  const none = await verify(['--against', '1', '--from', other])
  t.equal(none.code, 0)
  t.match(none.stdout, '1 of machines that it does not have')
  t.match(none.stdout, 'There is no saga to verify.')
  const broken = await verify(['--against', '1', '--from', await written('broken.jsonl', '{')])
  t.equal(broken.code, 2)
  t.match(broken.stderr, 'broken.jsonl, line 1: is not JSON')
  t.equal((await verify(['--against', '1'])).code, 2)
  t.equal((await verify(['--against', 'nothing.ts', '--from', other])).code, 2)
  t.equal((await verify([])).code, 2)
})

t.test('at a live system', async (t) => {
  const { url, done, failed, parked } = await shopWithTroubles(t)

  await t.test('those in flight are verified, with a sample of ended ones', async (t) => {
    const flight = await verify(['--against', '2', '--json'], url)
    t.equal(flight.code, 0)
    t.match(JSON.parse(flight.stdout), { sagas: 1, inFlight: 1, ended: 0, clean: 1, fit: 1, others: 0 })
    const sampled = await verify(['--against', '2', '--sample', '10', '--json'], url)
    t.match(JSON.parse(sampled.stdout), { sagas: 3, inFlight: 1, ended: 2, clean: 3 })
    const one = await verify(['--against', '2', '--machine', 'commande@1'], url)
    t.match(one.stdout, 'There is no saga to verify.')
  })

  await t.test('one saga is exported to stdout, and told again from there', async (t) => {
    const { code, stdout } = await skald(t, ['export', done], { url })
    t.equal(code, 0)
    t.match(JSON.parse(stdout), { saga: { saga_id: done }, service_events: { carts: [{}] } })
    const piped = await inShell(t, `skald export ${parked} | skald replay -`, { url })
    t.equal(piped.code, 0)
    t.match(piped.stdout, '✓ identical')
  })

  await t.test('many are exported to a file, packed if its name says so', async (t) => {
    const plain = join(dir, 'failed.jsonl')
    const { code, stderr } = await skald(t, ['export', '--status', 'failed', '-o', plain], { url })
    t.equal(code, 0)
    t.match(stderr, /failed\.jsonl: 1 saga, 0\.0 MB unpacked/)
    t.match(JSON.parse(await readFile(plain, 'utf8')), { saga: { saga_id: failed } })
    const packed = join(dir, 'all.jsonl.gz')
    const all = await skald(t, ['export', '--all', '-o', packed, '--json'], { url })
    t.match(JSON.parse(all.stdout), { file: packed, sagas: 3 })
    const lines = gunzipSync(await readFile(packed))
      .toString()
      .trimEnd()
      .split('\n')
    t.equal(lines.length, 3)
    t.equal((await verify(['--against', '2', '--from', packed])).code, 0)
  })

  await t.test('what is not clear, or can not be written, is refused', async (t) => {
    const refused = async (args: string[], message: RegExp) => {
      const { code, stderr } = await skald(t, ['export', ...args], { url })
      t.not(code, 0)
      t.match(stderr, message)
    }
    await refused([], /Say which sagas/)
    await refused([done, '--status', 'done'], /Either one saga or a filter/)
    await refused([done, '-o', '/nowhere/at/all'], /can not be written \(ENOENT\)/)
    await refused(['nothing-like-that'], /There is no saga/)
  })
})

t.test('an answer that breaks off leaves no file behind', async (t) => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    response.write(toLine(keptJournal('1', 'done').file), () => response.destroy())
  })
  const url = await listening(t, server)
  const { code, stderr } = await skald(t, ['export', '--all', '-o', join(dir, 'cut.jsonl')], { url })
  t.equal(code, 2)
  t.notMatch(stderr, /\n +at /, 'no stack')
  t.same(
    (await readdir(dir)).filter((name) => name.startsWith('cut')),
    [],
  )
  const verified = await verify(['--against', '2'], url)
  t.equal(verified.code, 2, 'sagas that nobody saw are no proof')
})
