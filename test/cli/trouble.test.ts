// The command line where something is wrong: with what was typed, with the way to the API, or with what answers there.
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import getPort from 'get-port'
import t from 'tap'
import type { Test } from 'tap'
import { freshDatabase } from '../kit/database.ts'
import { skald } from './command.ts'

const SAGA = '0197c0de-0000-7000-8000-000000000001'
const reason = ['--reason', 'the test says so']
/** One of each, and all that only read twice. */
const commands = [
  ['ls'],
  ['ls', '--counts'],
  ['show', SAGA],
  ['watch', SAGA],
  ['machines'],
  ['start', 'commande', 'magasin_id=101'],
  ['retry', SAGA, ...reason],
  ['bulk', 'ls'],
  ['bulk', 'show', SAGA],
  ['bulk', 'retry', '--status', 'parked', ...reason, '--yes'],
  ['migrate', SAGA, '--to', '2', ...reason],
]

async function serve(t: Pick<Test, 'teardown'>, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`
}

t.test('where nobody listens, each command says how to start Skald', async (t) => {
  const url = `http://127.0.0.1:${await getPort()}`
  for (const args of commands) {
    const { code, stdout, stderr } = await skald(t, args, { url })
    t.equal(code, 2, args.join(' '))
    t.equal(stdout, '')
    t.match(stderr, /^No Skald runs at http:\/\/127\.0\.0\.1:\d+: start it by "skald up"/)
    t.equal(stderr.trimEnd().split('\n').length, 1, 'one line')
  }
})

const nonsense: Record<string, RequestListener> = {
  'a page': (_request, response) => response.setHeader('content-type', 'text/html').end('<h1>It works!</h1>'),
  'JSON of another kind': (_request, response) => response.end('{"hello": "world"}'),
  'a list': (_request, response) => response.end('[1, null, "x"]'),
  'sagas that are none': (_request, response) =>
    response.end(
      '{"sagas": [7, null], "bulks": [{}], "counts": [1], "machines": [{"machine": 3}], "next_cursor": null}',
    ),
  'half an answer': (_request, response) => response.end('{"sagas": ['),
  nothing: (_request, response) => response.end(),
}
for (const [what, listener] of Object.entries(nonsense)) {
  t.test(`where ${what} is answered, each command says that this is not Skald`, async (t) => {
    const url = await serve(t, listener)
    for (const args of commands.slice(0, 8)) {
      const { code, stderr } = await skald(t, args, { url })
      t.equal(code, 2, args.join(' '))
      t.match(stderr, /is not the Skald that this command knows|The API named no saga/)
      t.notMatch(stderr, /at .*\.ts:/, 'no stack')
    }
  })
}

t.test('a connection that breaks is tried again, with the same key', async (t) => {
  const keys: unknown[] = []
  const url = await serve(t, (request, response) => {
    keys.push(request.headers['idempotency-key'])
    if (keys.length < 3) request.socket.destroy()
    else response.end(JSON.stringify({ saga_id: SAGA, status: 'running', state: 'undoing.lock' }))
  })
  const { code } = await skald(t, ['retry', SAGA, ...reason], { url })
  t.equal(code, 0)
  t.equal(keys.length, 3)
  t.equal(new Set(keys).size, 1)
})

t.test('a connection that stays broken is told with the key to ask again', async (t) => {
  const url = await serve(t, (request) => request.socket.destroy())
  const { code, stderr } = await skald(t, ['retry', SAGA, ...reason, '--key', 'mine'], { url })
  t.equal(code, 2)
  t.match(
    stderr,
    /^The connection to 127\.0\.0\.1:\d+ broke \(ECONNRESET\): try again\. With --key mine nothing is done twice\.$/m,
  )
})

t.test('the token is sent, and a missing one is asked for', async (t) => {
  const url = await serve(t, (request, response) => {
    const isKnown = request.headers.authorization === 'Bearer s3cret'
    response.statusCode = isKnown ? 200 : 401
    const problem = '{"code": "non_autorise", "detail": "Who are you?"}'
    response.end(isKnown ? '{"sagas": [], "next_cursor": null}' : problem)
  })
  const without = await skald(t, ['ls'], { url })
  t.equal(without.code, 2)
  t.equal(without.stderr, 'Who are you? Set the token by --token or SKALD_TOKEN.\n')
  t.equal((await skald(t, ['ls'], { url, env: { SKALD_TOKEN: 's3cret' } })).code, 0)
  t.equal((await skald(t, ['ls', '--token', 's3cret'], { url })).code, 0)
  t.equal((await skald(t, ['ls', '--token', 's3cret\r\n'], { url })).code, 0, 'as a terminal hands it on')
})

t.test('a token that can be none is refused before anybody is called, and not shown', async (t) => {
  const { code, stderr } = await skald(t, ['ls', '--token', 's3cret\ns3cret'], { url: 'http://127.0.0.1:1' })
  t.equal(code, 2)
  t.match(stderr, /^The token is none, for it has blanks or signs beyond ASCII: set it by .*\.\n$/)
  t.notMatch(stderr, 's3cret')
})

t.test('what the API says cannot command a terminal', async (t) => {
  const url = await serve(t, (_request, response) => {
    response.statusCode = 409
    const problem = {
      code: 'x',
      detail: 'up \u001b[2A\u202e',
      possible: [{ verb: '\u009b2J', steps: ['\u0007'] }],
    }
    response.end(JSON.stringify(problem))
  })
  const { code, stderr } = await skald(t, ['retry', SAGA, ...reason], { url })
  t.equal(code, 1)
  t.notMatch(stderr, /(?!\n)[\p{Cc}\p{Cf}]/u)
})

t.test('bad usage is told in a line or two, and is no answer', async (t) => {
  const url = 'http://127.0.0.1:1'
  const usages = [
    [['lss'], /unknown command 'lss'\n\(Did you mean ls\?\)/],
    [['ls', '--bogus'], /unknown option '--bogus'/],
    [['ls', '--status', 'sleeping'], /Allowed choices are running, compensating, parked, done, failed/],
    [['ls', '--older-than', 'yesterday'], /An age is a whole number and s, m, h or d/],
    [['ls', '--limit', '0'], /A limit is a whole number from 1 on/],
    [['show'], /missing required argument 'saga'/],
    [['retry', SAGA], /required option '-r, --reason <text>' not specified/],
    [['ls', '--url', 'localhost'], /It must be an http:\/\/ or https:\/\/ URL/],
    [['audit', '--settled', '--in-flight-older-than', 'x'], /Seconds are a whole number/],
  ] as const
  for (const [args, told] of usages) {
    const { code, stdout, stderr } = await skald(t, args, { url })
    t.equal(code, 2, args.join(' '))
    t.equal(stdout, '')
    t.match(stderr, told)
  }
})

t.test('help is help, on every level, with examples', async (t) => {
  const url = ''
  const { code, stdout } = await skald(t, ['--help'], { url })
  t.equal(code, 0)
  t.match(stdout, /Exit codes:\n +0 +all is well/)
  const names = [...stdout.matchAll(/^ {2}([a-z]+)(?: [<[].*?)? {2,}\S/gm)].map(([, name = '']) => name)
  t.ok(names.length > 15, names.join(' '))
  for (const name of names.filter((one) => !['help', 'skald'].includes(one))) {
    const help = await skald(t, [name, '--help'], { url })
    t.equal(help.code, 0, name)
    t.match(help.stdout, /\nExamples:\n {2}(skald|source) /, name)
  }
})

t.test('a shell is offered commands, options and choices, also where nobody answers', async (t) => {
  const url = `http://127.0.0.1:${await getPort()}`
  const offered = async (...words: string[]) => {
    const { code, stdout, stderr } = await skald(t, ['completion', 'complete', '--', ...words], { url })
    t.equal(code, 0)
    t.equal(stderr, '')
    return stdout.split('\n').flatMap((line) => line.split('\t')[0] ?? [])
  }
  t.strictSame(await offered('comp'), ['complete', 'compensate', 'completion', ':4', ''])
  t.strictSame(await offered('ls', '--sta'), ['--status', '--state', ':4', ''])
  t.strictSame(await offered('ls', '--status', 'pa'), ['parked', ':4', ''])
  t.strictSame(await offered('bulk', 'st'), ['stop', ':4', ''])
  t.strictSame(await offered('show', ''), [':4', ''])
  const { stdout } = await skald(t, ['completion', 'bash'], { url })
  t.match(stdout, /skald completion complete -- /)
})

t.test('an audit that cannot tell exits with 2', async (t) => {
  const { url: databaseUrl } = await freshDatabase(t)
  const { code } = await skald(t, ['audit', '--json'], { url: '', env: { DATABASE_URL: databaseUrl } })
  t.equal(code, 2)
})
