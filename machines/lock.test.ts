import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runInThisContext } from 'node:vm'
import t from 'tap'
import { assign, setup, type AnyStateMachine } from 'xstate'
import { Type } from 'typebox'
import { differences, lockOf, readLock, run, structuralHash, updated, type Lock } from './lock.ts'
import { machines } from './registry.ts'
import { step } from './step.ts'

t.test('every registered machine is as it was when its version was locked', async (t) => {
  t.same(differences(readLock(), lockOf(machines.map(({ machine }) => machine))), [])
})

interface Variant {
  readonly id?: string
  readonly target?: string
  readonly delayMs?: number
  readonly path?: string
  readonly reply?: 'n' | 'm'
  readonly nested?: AnyStateMachine
}

const within = setup({}).createMachine({ id: 'within', version: '1' })

function variant({
  id = 'v',
  target = 'end',
  delayMs = 1,
  path = '/a',
  reply = 'n',
  nested = within,
}: Variant = {}) {
  const request = () => ({ method: 'POST', path }) as const
  const paths = { '/a': request, '/b': () => ({ method: 'POST', path: '/b' }) as const }
  const call = step('call', {
    participant: 'somebody',
    request: path === '/a' ? paths['/a'] : paths['/b'],
    reply: Type.Object({ [reply]: Type.Number() }),
  })
  return setup({
    types: { context: {} as { n: number } },
    actors: { call, nested },
    delays: { soon: delayMs },
  }).createMachine({
    id,
    version: '1',
    context: { n: 0 },
    initial: 'start',
    states: {
      start: {
        invoke: { id: 'call', src: 'call', onDone: target, onError: 'end' },
        after: { soon: 'other' },
      },
      other: { entry: assign({ n: ({ context }) => context.n + 1 }) },
      end: { type: 'final' },
    },
  })
}

t.test('the hash of a machine changes with all that decides how a saga runs', async (t) => {
  const hash = structuralHash(variant())
  t.match(hash, /^[0-9a-f]{64}$/)
  t.equal(structuralHash(variant()), hash, 'built again')
  t.not(structuralHash(variant({ target: 'other' })), hash, 'another target')
  t.not(structuralHash(variant({ delayMs: 2 })), hash, 'another delay')
  t.not(structuralHash(variant({ path: '/b' })), hash, 'another request')
  t.not(structuralHash(variant({ reply: 'm' })), hash, 'another reply')
  const nested = structuralHash(variant({ nested: variant() }))
  t.not(structuralHash(variant({ nested: variant({ target: 'other' }) })), nested, 'another machine within')
})

/** One function, laid out as different people and formatters would. */
function outputting(source: string): AnyStateMachine {
  const output = runInThisContext(`(${source})`) as never
  return setup({}).createMachine({ id: 'e', version: '1', output })
}

t.test('layout, comments and trailing commas of a function change nothing; its strings do', async (t) => {
  const hash = structuralHash(outputting(`({ context }) => ({ text: 'a b', n: context.n })`))
  t.equal(
    structuralHash(outputting(`({ context }) =>\n  ({\n text: 'a b', // why\n n: context.n,\n })`)),
    hash,
  )
  t.equal(structuralHash(outputting(`({ context }) => ({ text: 'a b', /* why */ n: context.n })`)), hash)
  t.not(structuralHash(outputting(`({ context }) => ({ text: 'ab', n: context.n })`)), hash)
  t.not(structuralHash(outputting(`({ context }) => ({ text: 'a b', n: context.n + 1 })`)), hash)
})

t.test('a chart that changed under its version is told what to do', async (t) => {
  const locked = lockOf([variant()])
  t.same(differences(locked, lockOf([variant()])), [])
  const [told = '', ...more] = differences(locked, lockOf([variant({ target: 'other' })]))
  t.same(more, [])
  t.match(told, /the chart of v@1 changed, but its version did not/)
  t.match(told, /Running sagas keep the version that they began with/)
  t.match(told, /--amend/)
})

t.test('a new machine is added; a changed one only if amended; a retired one stays', async (t) => {
  const locked: Lock = { ...lockOf([variant()]), 'retired@1': 'hash' }
  const current = lockOf([variant({ target: 'other' }), variant({ id: 'a' })])
  t.match(differences(locked, current).join(), /a@1 is not in machines.lock.json/)
  const written = updated(locked, current, false)
  t.same(Object.keys(written), ['a@1', 'retired@1', 'v@1'])
  t.equal(written['v@1'], locked['v@1'])
  const amended = updated(locked, current, true)
  t.equal(amended['v@1'], current['v@1'])
  t.equal(amended['retired@1'], 'hash')
})

t.test('the command says what differs, and writes what it may', async (t) => {
  const file = pathToFileURL(join(t.testdir(), 'lock.json'))
  const all = lockOf(machines.map(({ machine }) => machine))
  const [first = ''] = Object.keys(all)
  t.match(run([], file), {
    ok: false,
    lines: Object.keys(all).map((name) => `${name} is not in machines.lock.json`),
  })
  t.notOk(existsSync(file))
  t.same(run(['--write'], file), { ok: true, lines: [] })
  t.same(readLock(file), all)
  t.equal(readFileSync(file, 'utf8').at(-1), '\n')

  const changed = JSON.stringify({ ...all, [first]: 'of another chart' })
  writeFileSync(file, changed)
  t.match(run(['--write'], file), { ok: false, lines: [/its version did not/] })
  t.same(readLock(file), JSON.parse(changed))
  t.same(run(['--write', '--amend'], file), { ok: true, lines: [] })
  t.same(readLock(file), all)
})

t.test('as a command it ends well, and silently, while chart and lock agree', async (t) => {
  t.equal(execFileSync(process.execPath, ['machines/lock.ts'], { encoding: 'utf8' }), '')
})
