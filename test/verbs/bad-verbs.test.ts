// What is wrong with a verb is named, and nothing is left behind; no body at all is answered with a 5xx.
import got from 'got'
import pg from 'pg'
import t from 'tap'
import { v7 as newUuid } from 'uuid'
import { VERBS } from '../../orchestrator/engine/verbs/operator-event.ts'
import { BY_TEST } from '../kit/shop.ts'
import { Floor, type Order } from './floor.ts'
import { lignesOf } from './table.ts'

const floor = await Floor.open(t)
const client = new pg.Client({ connectionString: floor.system.databaseUrl })
await client.connect()
t.teardown(() => client.end())

const [doing, other] = await floor.bring(2, {
  state: 'doing.lock',
  held: { by: 'carts', event: 'LOCK_CART SUCCESS' },
})
if (doing === undefined || other === undefined) throw new Error('there are no orders')
t.teardown(() => floor.free())

interface Answer {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly errors?: readonly { readonly field: string; readonly message: string }[]
}

async function send({ sagaId }: Pick<Order, 'sagaId'>, tail: string, body: string | Buffer): Promise<Answer> {
  const url = `${floor.system.orchestrator.url}/api/sagas/${sagaId}/${tail}`
  const headers = { 'content-type': 'application/json' }
  const answer = await got.post(url, { body, headers, throwHttpErrors: false, retry: { limit: 0 } })
  const told: Answer = JSON.parse(answer.body)
  if (answer.statusCode >= 400) t.equal(told.status, answer.statusCode)
  return told
}

/** Of all that verbs could leave behind. */
async function left(): Promise<unknown> {
  const { rows } = await client.query(
    'select (select count(*) from orchestrator.inbox), (select sum(seq) from orchestrator.saga)',
  )
  return rows
}

const tails = [...VERBS, 'migrate']
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
const said = (text: string) => `{"actor":"a","reason":"b",${text}}`

/** Of all of them: what is said, and the fields that are named. */
const alike: [string, string | Buffer, string, ...string[]][] = [
  ['no body', '', 'corps_vide'],
  ['null', 'null', 'corps_vide'],
  ['a body that is cut off', '{"actor":', 'json_invalide'],
  ['no text at all', Buffer.from([0xff, 0xfe, 0x00]), 'json_invalide'],
  ['a poisoned prototype', said('"__proto__":{"a":1}'), 'json_invalide'],
  ['a poisoned constructor', said('"constructor":{"prototype":{}}'), 'json_invalide'],
  ['a list', '[]', 'requete_invalide', 'body'],
  ['a number', '7', 'requete_invalide', 'body'],
  ['nobody', '{"reason":"b"}', 'requete_invalide', 'actor'],
  ['no reason', '{"actor":"a"}', 'requete_invalide', 'reason'],
  ['an empty name and an empty reason', '{"actor":"","reason":""}', 'requete_invalide', 'actor', 'reason'],
  ['blanks', '{"actor":" ","reason":"\\n"}', 'requete_invalide', 'actor', 'reason'],
  ['numbers', '{"actor":1,"reason":2}', 'requete_invalide', 'actor', 'reason'],
  ['too long a name', `{"actor":"${'a'.repeat(201)}","reason":"b"}`, 'requete_invalide', 'actor'],
  ['too long a reason', `{"actor":"a","reason":"${'b'.repeat(1_001)}"}`, 'requete_invalide', 'reason'],
  ['a field of its own', said('"nonsense":1'), 'requete_invalide', 'nonsense'],
  ['a type of its own', said('"type":"skald.abandon"'), 'requete_invalide', 'type'],
]

for (const [what, body, code, ...fields] of alike) {
  t.test(`a verb with ${what} is refused with ${code}`, async (t) => {
    const before = await left()
    for (const tail of tails) {
      const told = await send(doing, tail, body)
      t.match(told, { status: 400, code }, tail)
      for (const field of fields)
        t.ok(
          told.errors?.some((error) => error.field === field),
          `${tail}: ${field}`,
        )
    }
    t.strictSame(await left(), before, 'nothing is left behind')
  })
}

const { lignes } = lignesOf(doing).output
const ligne = JSON.stringify(lignes[0])

/** Of a saga whose call of `lock` is open. */
const bad: [string, string, number, string, ...string[]][] = [
  ['complete', said('"step":"lock"'), 400, 'requete_invalide', 'output'],
  ['complete', said('"output":null'), 400, 'requete_invalide', 'output'],
  ['complete', said('"output":{}'), 400, 'requete_invalide', 'output'],
  ['complete', said('"output":{"lignes":[{}]}'), 400, 'requete_invalide', 'output/lignes/0'],
  [
    'complete',
    said(`"output":{"lignes":[${ligne},{"produit_id":"x","quantite":1,"prix_unitaire":"1"}]}`),
    400,
    'requete_invalide',
    'output/lignes/1/produit_id',
  ],
  ['complete', said(`"output":{"lignes":[]},"step":"reserve"`), 400, 'requete_invalide', 'step'],
  ['complete', said(`"output":{"lignes":[]},"step":""`), 400, 'requete_invalide', 'step'],
  ['complete', said(`"output":{"lignes":[]},"step":7`), 400, 'requete_invalide', 'step'],
  ['complete', said(`"output":{"lignes":[]},"step":"${'s'.repeat(201)}"`), 400, 'requete_invalide', 'step'],
  ['complete', said(`"output":{"lignes":[]},"input":1`), 400, 'requete_invalide', 'input'],
  ['complete', said(`"output":{"lignes":[],"a":${deep(31)}}`), 400, 'requete_invalide', 'body'],
  ['complete', said(`"output":{"lignes":[],"a":${deep(20_000)}}`), 400, 'requete_invalide', 'body'],
  ['complete', said('"output":{"lignes":[],"a":"\\u0000"}'), 400, 'requete_invalide', 'body'],
  ['complete', said('"output":{"lignes":[],"a":"\\ud83d"}'), 400, 'requete_invalide', 'body'],
  ['complete', said(`"output":"${'x'.repeat(65_536)}"`), 413, 'corps_trop_grand'],
  ['cancel', '{"actor":"a\\u0000","reason":"b"}', 400, 'requete_invalide', 'body'],
  ['cancel', said('"step":"create"'), 400, 'requete_invalide', 'step'],
  ['abandon', said('"step":"constructor"'), 400, 'requete_invalide', 'step'],
  ['retry', said('"output":1'), 400, 'requete_invalide', 'output'],
  ['retry', said('"input":{"cart_id":"x"}'), 409, 'verbe_refuse'],
  ['skip', said('"output":1'), 409, 'verbe_refuse'],
  ['abandon', said('"output":1'), 400, 'requete_invalide', 'output'],
  ['abandon', said('"dry_run":false'), 400, 'requete_invalide', 'dry_run'],
  ['abandon', said('"dry_run":"true"'), 400, 'requete_invalide', 'dry_run'],
  ['migrate', said('"from":"2"'), 400, 'requete_invalide', 'to', 'from'],
  ['migrate', said('"to":""'), 400, 'requete_invalide', 'to'],
  ['migrate', said('"to":1'), 400, 'requete_invalide', 'to'],
  ['migrate', said('"to":"\\u0000"'), 400, 'requete_invalide', 'body'],
  ['migrate', said('"to":"\\u0000","dry_run":true'), 400, 'requete_invalide', 'body'],
  ['migrate', said('"to":"1","dry_run":"yes"'), 400, 'requete_invalide', 'dry_run'],
  // Whoever asks so means a dry run: it must not be done.
  ['migrate?dry_run=true', said('"to":"1"'), 400, 'requete_invalide', 'dry_run'],
  ['abandon?dry_run=true', '{"actor":"a","reason":"b"}', 400, 'requete_invalide', 'dry_run'],
  ['abandon?dry_run', said('"dry_run":true'), 400, 'requete_invalide', 'dry_run'],
  ['abandon?dryrun=true', '{"actor":"a","reason":"b"}', 400, 'requete_invalide', 'dryrun'],
  ['migrate', said('"to":"9"'), 409, 'migration_refusee'],
  ['migrate', said('"to":"2"'), 409, 'migration_refusee'],
  ['migrate', said('"to":"constructor"'), 409, 'migration_refusee'],
  ['events', '{"type":"skald.abandon","actor":"a","reason":"b"}', 400, 'requete_invalide', 'type'],
  ['events', '{"type":"skald.of a later version"}', 400, 'requete_invalide', 'type'],
]

for (const [tail, body, status, code, ...fields] of bad) {
  t.test(`${tail} with ${body.slice(0, 80)} is refused with ${code} ${fields.join(', ')}`, async (t) => {
    const before = await left()
    const told = await send(doing, tail, body)
    t.match(told, { status, code }, told.detail)
    for (const field of fields) {
      t.ok(
        told.errors?.some((error) => error.field === field),
        `names ${field}: ${JSON.stringify(told.errors)}`,
      )
    }
    t.strictSame(await left(), before, 'nothing is left behind')
  })
}

t.test('a dry run leaves nothing behind', async (t) => {
  const before = await left()
  t.match(await send(doing, 'abandon', said('"dry_run":true')), { possible: true, state: 'FAILED' })
  t.match(await send(doing, 'migrate', said('"to":"9","dry_run":true')), { possible: false })
  t.strictSame(await left(), before)
})

t.test('an unknown step is told which there are', async (t) => {
  const told = await send(doing, 'complete', said('"output":{"lignes":[]},"step":"pay"'))
  t.strictSame(told.errors, [{ field: 'step', message: 'must be lock' }])
})

t.test('an event that only an operator may send is told which way to go', async (t) => {
  const told = await send(doing, 'events', '{"type":"skald.cancel"}')
  t.match(told.detail, '/api/sagas/{saga_id}/')
  t.match(told.detail, 'cancel')
})

t.test('who is no saga, or none that there is, is told so by every verb', async (t) => {
  for (const tail of tails) {
    const body = said(tail.startsWith('migrate') ? '"to":"1"' : '"step":"lock"').replace(
      '}',
      tail === 'complete' ? ',"output":1}' : '}',
    )
    t.match(await send({ sagaId: newUuid() }, tail, body), { status: 404, code: 'saga_inconnue' }, tail)
    t.match(await send({ sagaId: 'nope' }, tail, body), { status: 400, errors: [{ field: 'saga_id' }] }, tail)
  }
})

t.test('what is just not too much is done', async (t) => {
  const output = { ...lignesOf(doing).output, note: JSON.parse(deep(29)) as unknown, é: '🙂' }
  const by = { actor: '🙂'.repeat(200), reason: `  ${'é'.repeat(998)}` }
  const told = await send(doing, 'complete', JSON.stringify({ ...by, output, step: 'lock' }))
  t.match(told, { saga_id: doing.sagaId }, told.detail)
  const journal = await floor.system.shop.transitions(doing.sagaId)
  t.match(
    journal.filter(({ event }) => event.type === 'skald.complete'),
    [{ event: { ...by, step: 'lock', output } }],
  )
  t.match(await send(other, 'cancel', JSON.stringify({ ...BY_TEST, step: 'lock' })), {
    saga_id: other.sagaId,
  })
})
