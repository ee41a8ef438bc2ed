// `skald start`, the verbs, `bulk` and `migrate`, at a real system.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { userInfo } from 'node:os'
import t from 'tap'
import { MAGASIN } from '../kit/shop.ts'
import { inShell, skald } from './command.ts'
import { parkedSaga, shopWithTroubles } from './shop-with-troubles.ts'

const { system, url, done, failed, parked } = await shopWithTroubles(t)
const { shop } = system
const reason = ['--reason', 'the test says so']

const deedsOf = async (sagaId: string) => {
  const transitions = await shop.transitions(sagaId)
  return transitions.map(({ event }) => event).filter(({ type }) => type.startsWith('skald.'))
}

t.test('a verb is told who and why, and leaves its trace', async (t) => {
  const { code, stdout } = await skald(t, ['skip', parked, '--reason', 'released on the phone'], { url })
  t.equal(code, 0)
  t.match(stdout, new RegExp(`^✓ ${parked}  skip: `))
  t.match(await deedsOf(parked), [{ type: 'skald.skip', actor: 'alice', reason: 'released on the phone' }])
})

t.test('what the saga does not allow is refused, with what it does allow', async (t) => {
  const saga = await parkedSaga(system)
  const { code, stdout, stderr } = await skald(t, ['complete', saga, '--output', '{}', ...reason], { url })
  t.equal(code, 1)
  t.equal(stdout, '')
  t.match(stderr, new RegExp(`^✗ ${saga}  Saga ${saga} is `))
  t.match(stderr, /possible: .*skip \(reserve\), abandon/i)
  const over = await skald(t, ['retry', done, ...reason, '--json'], { url })
  t.equal(over.code, 1)
  t.match(JSON.parse(over.stdout), {
    results: [{ saga_id: done, outcome: 'refused', problem: { status: 409 } }],
  })
})

t.test('the actor is who is logged in, where nobody says another', async (t) => {
  const saga = await parkedSaga(system)
  await skald(t, ['skip', saga, ...reason], { url, env: { SKALD_ACTOR: '' } })
  const other = await parkedSaga(system)
  await skald(t, ['skip', other, ...reason, '--actor', 'bob'], { url })
  t.match(await deedsOf(saga), [{ actor: userInfo().username }])
  t.match(await deedsOf(other), [{ actor: 'bob' }])
})

t.test('one key is one verb, however often it is asked for', async (t) => {
  const saga = await parkedSaga(system)
  const args = ['skip', saga, ...reason, '--key', 'once']
  t.equal((await skald(t, args, { url })).code, 0)
  t.equal((await skald(t, args, { url })).code, 0)
  t.equal((await deedsOf(saga)).length, 1)
  const two = await skald(t, ['skip', saga, done, ...reason, '--key', 'once'], { url })
  t.equal(two.code, 2)
  t.match(two.stderr, /One --key is one call for one saga/)
})

t.test('ids come from another command too', async (t) => {
  const [one, two] = [await parkedSaga(system), await parkedSaga(system)]
  const line = `skald ls -q --step reserve --younger-than 1h | grep -E '${one}|${two}' | skald skip - -r "by list"`
  const { code, stdout } = await inShell(t, line, { url })
  t.equal(code, 0)
  t.equal(stdout.trimEnd().split('\n').length, 2)
  t.match(await deedsOf(one), [{ reason: 'by list' }])
  t.match(await deedsOf(two), [{ reason: 'by list' }])
})

t.test('a filter that is empty is a mistake, and no wider filter', async (t) => {
  for (const empty of ['--machine', '--state', '--step', '--error-code', '--query']) {
    const args = ['bulk', 'abandon', '--status', 'parked', empty, '', '--yes', ...reason]
    const { code, stderr } = await skald(t, args, { url })
    t.equal(code, 2, empty)
    t.match(stderr, `${empty} <`)
  }
  const half = await skald(t, ['bulk', 'abandon', '-m', 'commande@', '--yes', ...reason], { url })
  t.equal(half.code, 2)
  t.match(half.stderr, 'It must be a machine, or one version of it')
  const both = ['migrate', done, '--machine', 'commande', '--from', '1', '--to', '2', ...reason]
  t.match(await skald(t, both, { url }), { code: 2, stderr: /Either ids, or all of one version/ })
})

t.test('nobody gives a saga up by a script, unless it says that it means it', async (t) => {
  const saga = await parkedSaga(system)
  const unsure = await skald(t, ['abandon', saga, ...reason], { url })
  t.equal(unsure.code, 2)
  t.match(unsure.stderr, /add --yes if you mean it/)
  t.strictSame(await deedsOf(saga), [])
  const sure = await skald(t, ['abandon', saga, ...reason, '--yes'], { url })
  t.equal(sure.code, 0)
  const { stdout } = await skald(t, ['show', saga], { url })
  t.match(stdout, /What was begun|what it had begun is not undone/i)
})

t.test('a reason is needed, and a blank one is none', async (t) => {
  for (const args of [[], ['--reason', '  ']]) {
    const { code, stderr } = await skald(t, ['retry', failed, ...args], { url })
    t.equal(code, 2)
    t.match(stderr, /--reason/)
  }
})

t.test('start waits for the end, and its exit code tells it', async (t) => {
  system.stocks.release()
  const good = await skald(
    t,
    ['start', 'commande', `cart_id=${await shop.cart(1)}`, `magasin_id=${MAGASIN}`],
    { url },
  )
  t.equal(good.code, 0)
  t.match(good.stdout, /^✓ done {2}[0-9a-f-]{36}\n {2}vente_id \d+\n$/)
  const refused = await skald(
    t,
    ['start', 'commande', `cart_id=${await shop.cart(99)}`, `magasin_id=${MAGASIN}`],
    { url },
  )
  t.equal(refused.code, 1)
  t.match(refused.stdout, /^✗ failed {2}[0-9a-f-]{36}\n {2}reserve: .*\(stock_insuffisant\)\n$/)
})

t.test('start takes its input from members, a file or stdin, and a key once', async (t) => {
  const input = JSON.stringify({ cart_id: await shop.cart(1), magasin_id: MAGASIN })
  const file = join(t.testdir(), 'order.json')
  await writeFile(file, input)
  const ids = []
  for (const from of [`@${file}`, '@-', input]) {
    const args = ['start', 'commande', '--input', from, '--key', 'order-1', '-q']
    ids.push((await skald(t, args, { url, input })).stdout)
  }
  t.match(ids[0], /^[0-9a-f-]{36}\n$/)
  t.equal(new Set(ids).size, 1, 'one saga')
  const { code, stderr } = await skald(t, ['start', 'commande', '--input', '{cart'], { url })
  t.equal(code, 2)
  t.match(stderr, /^--input is no JSON/)
  const strange = await skald(t, ['start', 'commande', 'magasin_id=abc'], { url })
  t.equal(strange.code, 2)
  t.match(strange.stderr, /cart_id is required; magasin_id must be integer/)
})

t.test('start says when the end did not come in time', async (t) => {
  const order = [`cart_id=${await shop.cart(1)}`, `magasin_id=${MAGASIN}`]
  system.stocks.hold('request')
  const { code, stdout, stderr } = await skald(t, ['start', 'commande', ...order, '--wait', '1'], { url })
  t.equal(code, 2)
  t.match(stdout, /^\S (parked|compensating|running) /)
  t.match(stderr, /skald watch [0-9a-f-]{36}/)
  const other = [`cart_id=${await shop.cart(1)}`, `magasin_id=${MAGASIN}`]
  const accepted = await skald(t, ['start', 'commande', ...other, '--no-wait', '--json'], { url })
  t.equal(accepted.code, 0)
  t.match(JSON.parse(accepted.stdout), { saga_id: String, status: 'running' })
})

t.test('bulk is tried out before it is done, and tells what became of each', async (t) => {
  const saga = await parkedSaga(system)
  const filter = ['--query', saga]
  const trial = await skald(t, ['bulk', 'skip', ...filter, ...reason, '--dry-run'], { url })
  t.equal(trial.code, 0)
  t.match(trial.stdout, /^1 sagas?; 1 can be told to skip, 0 can not:/)
  t.strictSame(await deedsOf(saga), [])
  const unsure = await skald(t, ['bulk', 'skip', ...filter, ...reason], { url })
  t.equal(unsure.code, 2)
  t.match(unsure.stderr, /--yes/)
  const bulk = await skald(t, ['bulk', 'skip', ...filter, ...reason, '--yes', '--json'], { url })
  t.equal(bulk.code, 0)
  const { bulk_id } = JSON.parse(bulk.stdout) as { bulk_id: string }
  t.match(await deedsOf(saga), [{ type: 'skald.skip', actor: 'alice' }])
  const shown = await skald(t, ['bulk', 'show', bulk_id], { url })
  t.match(shown.stdout, new RegExp(`${saga}  ✓ applied`))
  const list = await skald(t, ['bulk', 'ls'], { url })
  t.match(list.stdout, new RegExp(`^${bulk_id}  skip +done +1/1`, 'm'))
  const stopped = await skald(t, ['bulk', 'stop', bulk_id, ...reason], { url })
  t.equal(stopped.code, 1, 'there is nothing left to stop')
})

t.test('a bulk that some sagas refuse exits with 1', async (t) => {
  // It is on its way back already.
  const saga = await parkedSaga(system)
  const { code, stdout } = await skald(t, ['bulk', 'cancel', '--query', saga, ...reason, '-y'], { url })
  t.equal(code, 1)
  t.match(stdout, /0 of 1 done · 1 refused/)
})

t.test('a bulk without a filter is for --all only', async (t) => {
  const { code, stderr } = await skald(t, ['bulk', 'cancel', ...reason], { url })
  t.equal(code, 2)
  t.match(stderr, /^Which sagas\?/)
  const all = await skald(t, ['bulk', 'cancel', '--all', ...reason, '--dry-run', '--json'], { url })
  t.equal(
    (JSON.parse(all.stdout) as { count: number }).count,
    (await shop.sagas('limit=200&ended=false')).length,
  )
})

t.test('migrate says of each saga whether it fits, and why not', async (t) => {
  const args = ['migrate', failed, '--to', '1', ...reason]
  const trial = await skald(t, [...args, '--dry-run', '--json'], { url })
  t.equal(trial.code, 1)
  t.match(JSON.parse(trial.stdout), { results: [{ saga_id: failed, possible: false, why: String }] })
  const refused = await skald(t, args, { url })
  t.equal(refused.code, 1)
  const none = await skald(t, ['migrate', '--to', '2', ...reason], { url })
  t.equal(none.code, 2)
  const bulk = await skald(
    t,
    ['migrate', '--machine', 'commande', '--from', '1', '--to', '2', ...reason, '--dry-run'],
    { url },
  )
  t.equal(bulk.code, 0)
  t.match(bulk.stdout, /No saga is like that/)
})
