// `skald replay`: the real command, on kept journals, on files of all kinds, and at a server that counts its calls.
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { gzipSync } from 'node:zlib'
import stringWidth from 'string-width'
import t from 'tap'
import { v7 as newSagaId } from 'uuid'
import { toLine, type SagaFile } from '../../orchestrator/saga-file/saga-file.ts'
import { listening } from '../kit/listening.ts'
import { keptJournal, keptJournals } from '../kit/kept-journals.ts'
import { inShell, skald, type Called, type Surroundings } from './command.ts'

const NOWHERE = { url: 'http://127.0.0.1:1' }
const MACHINES = join(import.meta.dirname, '../../machines')
const dir = t.testdir()
const done = keptJournal('1', 'done')
const parked = keptJournal('1', 'parked-and-tried-again')

const replay = (args: string[], surroundings: Partial<Surroundings> = {}): Promise<Called> =>
  skald(t, ['replay', ...args], { ...NOWHERE, ...surroundings })

async function written(name: string, content: string | Buffer): Promise<string> {
  const path = join(dir, name)
  await writeFile(path, content)
  return path
}

/** A file of code that exports what is left of `commande` of version 1 behind this expression. */
const changed = (name: string, expression: string) =>
  written(
    name,
    `import { assign, StateMachine } from 'xstate'
     import { commande } from '${MACHINES}/commande/v1/chart.ts'
     export const machine = ${expression}`,
  )

t.test('a saga is told from a file, and found identical', async (t) => {
  const { code, stdout, stderr } = await replay([parked.path])
  t.equal(code, 0)
  t.equal(stderr, '')
  t.notMatch(stdout, '\u001B', 'no colours in a pipe')
  t.match(stdout, /^ 0 ✓ +\+0 ms +start +→ doing\.lock$/m)
  t.match(stdout, /▸ calls lock at carts {2}POST \/api\/caisse\/\S+\/lock\//)
  t.match(stdout, `key ${parked.file.saga.saga_id}:lock  input {"cart_id":`)
  t.match(stdout, /• tells COMMANDE_CREEE \{"cart_id"/)
  t.match(stdout, /± reservation_id = "/)
  t.match(stdout, /✓ +\S+ ms +create failed +doing\.create → undoing\.reserve$/m)
  t.match(stdout, /stock_insuffisant \(409\)/)
  t.match(stdout, /◂ undoes reserve at stocks {2}DELETE/)
  t.match(stdout, /◔ waits 1 s \(nextTry in parked\)/)
  t.match(stdout, /after nextTry +parked → undoing\.reserve$/m)
  t.match(stdout, /^✓ identical: 10 transitions told again, each as it was recorded\.$/m)
})

/** All of them are told again in engine/replay/kept-journals.test.ts. */
const OPERATED = new Set(['skipped', 'migrated', 'abandoned'])

t.test('a kept journal is identical, and what people did is told with who and why', async (t) => {
  for (const { path, name, file } of keptJournals().filter((kept) => OPERATED.has(kept.name))) {
    const { code, stdout } = await replay([path])
    t.equal(code, 0, `${file.saga.version}: ${name}`)
    if (name === 'skipped') t.match(stdout, /skip reserve? .*\n +by alice: as the tale has it/)
    if (name === 'migrated') t.match(stdout, /migrate 1 → 2 +stays in doing\.reserve/)
  }
})

t.test('a file may be packed, come by stdin, or hold several', async (t) => {
  const line = toLine(done.file)
  t.equal((await replay([await written('one.json.gz', gzipSync(line))])).code, 0)
  t.equal((await replay(['-'], { input: line })).code, 0)
  const both = line + toLine(parked.file)
  const several = await written('several.jsonl', both)
  const unsaid = await replay([several])
  t.equal(unsaid.code, 2)
  t.match(unsaid.stderr, /has several sagas: say which one by --saga/)
  const said = await replay([several, '--saga', parked.file.saga.saga_id.toUpperCase()])
  t.equal(said.code, 0)
  t.match(said.stdout, parked.file.saga.saga_id)
  const unknown = await replay([several, '--saga', newSagaId()])
  t.equal(unknown.code, 2)
  const piped = await inShell(
    t,
    `gzip -c ${several} | skald replay - --saga ${done.file.saga.saga_id}`,
    NOWHERE,
  )
  t.equal(piped.code, 0)
})

t.test('by its id it is had from the API, by one GET and nothing else', async (t) => {
  const calls: string[] = []
  const server = createServer((request, response) => {
    calls.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`)
    const isKnown = request.url?.includes(done.file.saga.saga_id) === true
    if (isKnown) return response.end(toLine(done.file))
    response.writeHead(404, { 'content-type': 'application/problem+json' })
    return response.end('{"code":"saga_inconnue","detail":"There is no such saga."}')
  })
  const url = await listening(t, server)
  const { saga_id } = done.file.saga
  t.equal((await replay([saga_id], { url, env: { SKALD_TOKEN: 'secret' } })).code, 0)
  t.same(calls, [`GET /api/sagas/${saga_id}/export?service_events=false Bearer secret`])
  const unknown = await replay([newSagaId()], { url })
  t.equal(unknown.code, 2, 'what is not there is no difference')
  t.match(unknown.stderr, /There is no such saga/)
  const nobody = await replay([saga_id])
  t.equal(nobody.code, 2)
  t.match(nobody.stderr, /No Skald runs at/)
})

t.test('on changed code the first transition that differs is named, with the difference', async (t) => {
  const { code, stdout } = await replay([
    parked.path,
    '--against',
    await changed('delay.ts', 'commande.provide({ delays: { nextTry: 7 } })'),
  ])
  t.equal(code, 1)
  t.match(stdout, /told by \S+delay\.ts instead/)
  t.match(stdout, /^ 4 ✗ .*undo-reserve failed/m)
  t.notMatch(stdout, /^ 5 /m, 'nothing is told behind it')
  t.match(stdout, /^✗ differs at 4 \(undo-reserve failed\) by \S+: Its timers are other ones\.$/m)
  t.match(stdout, /timers\["xstate\.after\.nextTry\.parked"\]\.dueAt\n +recorded {2}\d+\n +replayed {2}\d+/)
  const version = await replay([parked.path, '--against', '2'])
  t.equal(version.code, 1)
  t.match(version.stdout, 'It led to parked, and leads to parked.undoing now.')
})

t.test('a changed chart that leads a saga the same way says what is other about it', async (t) => {
  const config = `{ ...commande.config, states: { ...commande.config.states, extra: {} } }`
  const against = await changed('extra.ts', `new StateMachine(${config}, commande.implementations)`)
  const { code, stdout } = await replay([done.path, '--against', against])
  t.equal(code, 0)
  t.match(
    stdout,
    /✓ identical.*\n {2}The chart is another one, but it leads this saga the same way:\n {4}\+ extra\n/,
  )
})

t.test('a snapshot behind a transition is printed alone', async (t) => {
  const { code, stdout } = await replay([done.path, '--at', '1'])
  t.equal(code, 0)
  t.same(JSON.parse(stdout), done.file.transitions[1]?.snapshot)
  const beyond = await replay([done.path, '--at', '4'])
  t.equal(beyond.code, 2)
  t.match(beyond.stderr, /There is no transition 4: the last one is 3\./)
  const json = await replay([done.path, '--at', '1', '--json'])
  t.match(JSON.parse(json.stdout), { seq: 1, to: 'doing.reserve', snapshot: { status: 'active' } })
})

t.test('for programs it is JSON', async (t) => {
  const same = JSON.parse((await replay([done.path, '--json'])).stdout) as Record<string, unknown>
  t.match(same, {
    saga_id: done.file.saga.saga_id,
    verdict: 'identical',
    difference: null,
    transitions: [{ seq: 0, outcome: 'same', effects: { begun: [{ step: 'lock', participant: 'carts' }] } }],
  })
  const other = await replay([parked.path, '--against', '2', '--json'])
  t.equal(other.code, 1)
  t.match(JSON.parse(other.stdout), {
    verdict: 'differs',
    difference: { seq: 4, kind: 'state' },
    against: 'commande@2',
  })
})

t.test('it is played in the time that it took, faster', async (t) => {
  const { code, stdout } = await replay([done.path, '--speed', '1000'])
  t.equal(code, 0)
  t.match(stdout, /✓ identical/)
  t.equal((await replay([done.path, '--speed', '0'])).code, 2)
})

t.test('narrow terminals, and colours where they are asked for, are heard', async (t) => {
  const narrow = await replay([parked.path], { env: { COLUMNS: '40' } })
  const lines = narrow.stdout.trimEnd().split('\n').slice(0, -1)
  t.same(
    lines.filter((line) => stringWidth(line) > 40),
    [],
  )
  const coloured = await replay([done.path], { env: { FORCE_COLOR: '1' } })
  t.match(coloured.stdout, '\u001B[')
  t.match(stripVTControlCharacters(coloured.stdout), /✓ identical/)
})

t.test('what others wrote can not move the cursor', async (t) => {
  const text = (await readFile(done.path, 'utf8')).replaceAll('COMMANDE_CREEE', String.raw`\u001b[2JEVIL`)
  const { stdout } = await replay([await written('evil.json', text)])
  t.notMatch(stdout, '\u001B')
  t.match(stdout, 'EVIL')
})

t.test('what can not be told is trouble, and no difference', async (t) => {
  const fails = async (args: string[], message: RegExp) => {
    const { code, stdout, stderr } = await replay(args)
    t.equal(code, 2, args.join(' '))
    t.equal(stdout, '')
    t.match(stderr, message)
    t.notMatch(stderr, /\n +at /, 'no stack')
  }
  const line = toLine(done.file)
  const newer = line.replace('skald-saga/1', 'skald-saga/7')
  await fails([await written('newer.json', newer)], /format skald-saga\/7 of a newer Skald/)
  await fails([await written('broken.json', line.slice(0, 5_000))], /broken\.json, line 1: is not JSON/)
  await fails([await written('empty.json', '')], /is empty/)
  await fails([await written('broken.gz', gzipSync(line).subarray(0, 900))], /is broken as gzip/)
  await fails([join(dir, 'nothing.json')], /There is no file/)
  await fails([dir], /is a folder/)
  const against = async (name: string, code: string) => [done.path, '--against', await written(name, code)]
  await fails(
    [done.path, '--against', '9'],
    /no file 9, and no version of that name here \(there are commande@1/,
  )
  await fails(await against('none.ts', 'export const a = 1'), /exports no (XState )?machine/)
  await fails(await against('wrong.ts', 'export const = 1'), /wrong\.ts can not be loaded/)
  await fails(await against('throws.ts', 'throw new Error("no")'), /throws\.ts can not be loaded: no/)
  const plain = await changed('plain.ts', 'commande.provide({ actions: { blame: () => undefined } })')
  await fails([done.path, '--against', plain], /can't run durably: an action .* is a plain function/)
  await fails([done.path, '--step'], /--step needs a terminal/)
  await fails([done.path, '--at', '1', '--speed', '2'], /Only one of --at and --speed/)
})

t.test('a version that is not here can not be told', async (t) => {
  const { saga, ...rest } = done.file
  const old: SagaFile = { ...rest, saga: { ...saga, version: '0' } }
  const { code, stdout } = await replay(['-'], { input: toLine(old) })
  t.equal(code, 2)
  t.match(stdout, /^\? untold: commande@0 is not here/m)
})

t.test('a journal that was cut is told to be so', async (t) => {
  const cut = { ...done.file, transitions: done.file.transitions.slice(0, -1) }
  const { code, stdout } = await replay(['-'], { input: toLine(cut) })
  t.equal(code, 1)
  t.match(stdout, /✗ differs at 2 .*Its journal ends here, but the saga stands at 3\./)
})
