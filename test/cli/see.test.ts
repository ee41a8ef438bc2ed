// `skald ls`, `show` and `machines`, at a real system, as a terminal and as a pipe has them.
import { stripVTControlCharacters } from 'node:util'
import t from 'tap'
import { inShell, skald } from './command.ts'
import { shopWithTroubles } from './shop-with-troubles.ts'

/** All that moves a cursor, changes colours or turns text, but the line breaks of the output itself. */
const HARMFUL = /(?!\n)[\p{Cc}\p{Cf}]/u

const { url, done, doneCart, failed, parked, system } = await shopWithTroubles(t)

t.test('ls lists what there is, newest first', async (t) => {
  const { code, stdout, stderr } = await skald(t, ['ls'], { url })
  t.equal(code, 0)
  t.equal(stderr, '')
  const [head, ...lines] = stdout.trimEnd().split('\n')
  t.match(head, /^SAGA +MACHINE +STATUS +STATE +STEP +ERROR( +TRIES)? +AGE$/)
  t.strictSame(
    lines.map((line) => line.split(' ', 1)[0]),
    [parked, failed, done],
  )
  t.match(lines[1], /✗ failed +stock_insuffisant/)
})

t.test('ls hands each filter on', async (t) => {
  const ids = async (...args: string[]) => {
    const { stdout } = await skald(t, ['ls', '-q', ...args], { url })
    return stdout.split('\n').filter(Boolean)
  }
  t.strictSame(await ids('--status', 'failed'), [failed])
  t.strictSame(await ids('--error-code', 'stock_insuffisant'), [failed])
  t.strictSame(await ids('--step', 'reserve'), [parked])
  t.strictSame(await ids('--query', doneCart.slice(0, 30)), [done])
  t.strictSame(await ids('--state', 'DONE'), [done])
  t.strictSame(await ids('--machine', 'commande@1'), [])
  t.strictSame(await ids('--older-than', '1h'), [])
  t.strictSame(await ids('--younger-than', '1h', '--limit', '2'), [parked, failed])
})

t.test('ls goes on where a page ended', async (t) => {
  const first = await skald(t, ['ls', '--limit', '2'], { url })
  const [, cursor = ''] = /--cursor (\S+)/.exec(first.stderr) ?? []
  t.not(cursor, '')
  const { stdout } = await skald(t, ['ls', '-q', '--cursor', cursor], { url })
  t.equal(stdout.trim(), done)
})

t.test('JSON is for other programs', async (t) => {
  const list = JSON.parse((await skald(t, ['ls', '--json'], { url })).stdout) as { sagas: unknown[] }
  t.equal(list.sagas.length, 3)
  const counts = await skald(t, ['ls', '--counts', '--json'], { url })
  // Beside those of the saga that is parked, or tries again just now.
  const told = JSON.parse(counts.stdout) as { counts: { status: string }[] }
  t.match(
    told.counts.filter(({ status }) => status === 'done'),
    [{ machine: 'commande', state: 'DONE', sagas: 1 }],
  )
  const one = await skald(t, ['show', parked, '--json'], { url })
  t.match(JSON.parse(one.stdout), { saga: { saga_id: parked }, transitions: [{ seq: 0 }], events: [{}] })
  const machines = await skald(t, ['machines', '--json'], { url })
  t.match(JSON.parse(machines.stdout), { machines: [{ machine: 'commande' }] })
})

t.test('counts and machines tell how many stand where', async (t) => {
  const counts = await skald(t, ['ls', '--counts', '--status', 'done'], { url })
  t.match(counts.stdout, /^commande@2 +✓ done +1$/m)
  t.notMatch(counts.stdout, /failed/)
  const { stdout } = await skald(t, ['machines'], { url })
  t.match(stdout, /^commande@1 +not in use( +0){5}$/m)
  t.match(stdout, /^commande@2 +newest +\d +\d +\d +1 +1$/m)
})

t.test('show draws the path that the saga took', async (t) => {
  const { code, stdout } = await skald(t, ['show', failed], { url, env: { COLUMNS: '100' } })
  t.equal(code, 0)
  const drawn = stdout.split('\n').slice(4, 14)
  t.match(drawn[0], /^ +doing +undoing$/)
  t.match(drawn[1], /✗ failed$/)
  t.match(drawn[3], /✓ lock +[\d.]+ m?s +✓ lock +[\d.]+ m?s/)
  t.match(drawn[5], /✗ reserve +[\d.]+ m?s ─+╯$/)
  t.match(drawn[6], /stock_insuffisant/)
  t.match(drawn[8], /· create +· create$/)
  t.match(stdout, /Told +COMMANDE_CREEE → PANIER_VERROUILLE → PANIER_DEVERROUILLE → FAILED/)
  t.notMatch(stdout, /What you can do/)
})

t.test('show tells why a saga is parked, and what can be done', async (t) => {
  const { stdout } = await skald(t, ['show', parked], { url, env: { COLUMNS: '100' } })
  t.match(stdout, /\? reserve +.*─▶ [‖◂] reserve/)
  t.match(stdout, /What you can do/)
  t.match(stdout, new RegExp(`^ +skald skip ${parked} --reason '…'$`, 'm'))
  t.match(stdout, new RegExp(`^ +skald abandon ${parked} --reason '…'$`, 'm'))
})

t.test('show finds a saga by the beginning of its business key', async (t) => {
  const { stdout } = await skald(t, ['show', doneCart], { url })
  t.match(stdout, new RegExp(`✓ done  ${done}`))
  const { stdout: journal } = await skald(t, ['show', done, '--journal'], { url })
  t.match(journal, /^ +0 +\+0 ms +begun → doing\.lock$/m)
})

t.test('nothing is wider than a narrow terminal, and no id is cut', async (t) => {
  for (const args of [['ls'], ['show', parked], ['machines'], ['ls', '--counts']]) {
    const { stdout } = await skald(t, args, { url, env: { COLUMNS: '40' } })
    const tooWide = stdout
      .split('\n')
      .filter((line) => line.length > 40 && !/^. \w+ {2}[0-9a-f-]{36} |^ {2}skald /.test(line))
    t.strictSame(tooWide, [], args.join(' '))
  }
  const { stdout } = await skald(t, ['ls'], { url, env: { COLUMNS: '40' } })
  t.match(stdout, new RegExp(`^${failed}\n +commande@2 +✗ failed`, 'm'))
})

t.test('colours are for terminals, and for who forces them', async (t) => {
  // Without ages, which grow.
  const args = ['ls', '--counts', '--status', 'failed']
  const inPipe = (await skald(t, args, { url })).stdout
  t.equal(inPipe, stripVTControlCharacters(inPipe))
  const forced = (await skald(t, args, { url, env: { FORCE_COLOR: '1' } })).stdout
  t.ok(forced.includes('\u001b[31m'))
  t.equal(stripVTControlCharacters(forced), inPipe)
  const none = (await skald(t, args, { url, env: { FORCE_COLOR: '0', NO_COLOR: '1' } })).stdout
  t.equal(none, inPipe)
})

t.test('whoever reads only the beginning gets it without a complaint', async (t) => {
  const head = await inShell(t, `skald show ${parked} --json | head -1`, { url })
  t.strictSame(head, { code: 0, stdout: '{\n', stderr: '' })
  // Nobody reads any more when the first line is written.
  const nobody = await inShell(t, 'skald ls --json | :', { url })
  t.strictSame(nobody, { code: 0, stdout: '', stderr: '' })
})

t.test('what a saga tells cannot command a terminal', async (t) => {
  const reason = 'red \u001b[31m, up \u001b[2A, \u009b2J, \u202eturned\u202c\nnext line'
  const answer = await system.shop.post(`/api/sagas/${parked}/skip`, {
    actor: 'mallory\u001b]0;x\u0007',
    reason,
  })
  t.equal(answer.status, 200)
  const { stdout } = await skald(t, ['show', parked, '--journal'], { url })
  t.match(stdout, /mallory\\u\{1b\}\]0;x\\u\{7\}/)
  t.match(stdout, /\\u\{202e\}turned/)
  t.notMatch(stdout, HARMFUL)
  const json = await skald(t, ['show', parked, '--json'], { url })
  t.notMatch(json.stdout, HARMFUL)
  const { transitions } = JSON.parse(json.stdout) as { transitions: { event: { reason?: string } }[] }
  t.ok(
    transitions.some(({ event }) => event.reason === reason),
    'and JSON has it all the same',
  )
})
