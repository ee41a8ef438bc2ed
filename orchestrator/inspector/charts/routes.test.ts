// Charts over HTTP: real orchestrators on real Postgres, one release after the other.
import { Type } from 'typebox'
import t from 'tap'
import { createMachine } from 'xstate'
import { structuralHash } from '../../../machines/lock.ts'
import { machines, type RegisteredMachine } from '../../../machines/registry.ts'
import { freshDatabase } from '../../../test/kit/database.ts'
import { checkout } from '../../../test/kit/example-machines.ts'
import { http } from '../../../test/kit/http.ts'
import { startOrchestratorAt } from '../../../test/kit/orchestrators.ts'
import type { Chart } from '../../chart/chart.ts'
import type { Drawing } from '../../chart/drawing.ts'

interface Drawn {
  readonly chart: Chart
  readonly drawing: Drawing | null
}

interface Refusal {
  readonly code: string
  readonly detail: string
}

const lamp = createMachine({
  id: 'lamp',
  version: '7',
  initial: 'off',
  states: {
    off: { on: { PRESS: 'on' } },
    on: { after: { 60000: 'off' }, on: { BREAK: 'broken' } },
    broken: { type: 'final' },
  },
})
const registeredLamp: RegisteredMachine = {
  machine: lamp,
  input: Type.Object({ lamp_id: Type.String() }),
  businessKey: 'lamp_id',
}

const { url: databaseUrl } = await freshDatabase(t)
const release = (name: string, machines: readonly RegisteredMachine[]) =>
  startOrchestratorAt(t, { databaseUrl, name, seams: { machines } })

const old = await release('old', [...machines.slice(0, 1), registeredLamp])
const { body: begun } = await old.post(
  '/api/sagas/lamp',
  { lamp_id: 'one' },
  { 'idempotency-key': 'one', prefer: 'respond-async' },
)
await old.close()
const now = await release('now', machines.slice(1))

const at = (path: string) => `${now.url}/inspector/api/charts${path}`

t.test('a saga is drawn as the ladder that it is', async (t) => {
  const { statusCode, headers, body } = await http.get<Drawn>(at('/commande/2'))
  t.equal(statusCode, 200)
  t.match(headers, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  })
  t.match(body, {
    chart: { machine: 'commande', version: '2', initial: 'doing' },
    drawing: { layout: 'ladder' },
  })
  t.equal(body.chart.hash, structuralHash(machines[1]?.machine ?? lamp))
})

t.test('a version that is not here any more is drawn as it was, and its definition told', async (t) => {
  const { body } = await http.get<Drawn>(at('/commande/1'))
  t.match(body, { chart: { machine: 'commande', version: '1' }, drawing: { layout: 'ladder' } })
  t.equal(body.chart.hash, structuralHash(machines[0]?.machine ?? lamp))
  const other = await http.get<Drawn>(at('/lamp/7'))
  t.match(other.body, {
    chart: { machine: 'lamp', version: '7', hash: structuralHash(lamp), states: { length: 3 } },
    drawing: { layout: 'graph', boxes: { length: 4 } },
  })
  const definition = await http.get(`${now.url}/api/machines/lamp/7`)
  t.match(definition, {
    statusCode: 200,
    body: { id: 'lamp', version: '7', hash: structuralHash(lamp), config: { initial: 'off' } },
  })
})

t.test('a saga of a version that is not here any more is exported with its definition', async (t) => {
  const expected = { id: 'lamp', version: '7', hash: structuralHash(lamp) }
  const one = await http.get(`${now.url}/api/sagas/${begun.saga_id}/export`)
  t.match(one.body, { saga: { saga_id: begun.saga_id, version: '7' }, definition: expected })
  const many = await http.get(`${now.url}/api/export?machine=lamp`, { responseType: 'text' })
  t.match(JSON.parse(many.body), { definition: expected })
  const without = await http.get(`${now.url}/api/export?machine=lamp&definition=false`, {
    responseType: 'text',
  })
  t.match(JSON.parse(without.body), { definition: null })
})

t.test('a version that only a newer release has is drawn as soon as that one was there', async (t) => {
  const bell = createMachine({ id: 'lamp', version: '8', initial: 'silent', states: { silent: {} } })
  t.match(await http.get(at('/lamp/8')), { statusCode: 404 })
  const newer = await release('newer', [...machines.slice(1), { ...registeredLamp, machine: bell }])
  t.match(await http.get<Drawn>(at('/lamp/8')), {
    statusCode: 200,
    body: { chart: { version: '8', states: [{ id: 'silent' }] }, drawing: { layout: 'graph' } },
  })
  await newer.close()
})

t.test('a version that nobody ever had is not known', async (t) => {
  for (const path of ['/commande/99', '/nobody/1', '/constructor/name', '/commande/99/mermaid', '/%00/1']) {
    const { statusCode, headers, body } = await http.get<Refusal>(at(path))
    t.match({ statusCode, ...body }, { statusCode: 404, code: 'machine_inconnue' }, path)
    t.equal(headers['content-type'], 'application/problem+json; charset=utf-8')
  }
})

t.test('who has a chart already is only told so', async (t) => {
  const first = await http.get(at('/commande/2'))
  const headers = { 'if-none-match': String(first.headers.etag) }
  const again = await http.get(at('/commande/2'), { headers, responseType: 'text' })
  t.match(again, { statusCode: 304, body: '' })
  t.match(await http.get(at('/lamp/7'), { headers }), { statusCode: 200 })
})

t.test('a chart is told as mermaid', async (t) => {
  const { statusCode, headers, body } = await http.get(at('/lamp/7/mermaid'), { responseType: 'text' })
  t.equal(statusCode, 200)
  t.equal(headers['content-type'], 'text/plain; charset=utf-8')
  t.match(body, /^stateDiagram-v2\n/)
  t.match(body, /PRESS/)
})

t.test('any other machine that is sent is drawn too', async (t) => {
  const definition = { id: 'checkout', version: '3', config: checkout }
  const { statusCode, body } = await http.post<Drawn>(at(''), { json: definition })
  t.equal(statusCode, 200)
  t.match(body, {
    chart: { machine: 'checkout', version: '3', hash: null, initial: 'cart' },
    drawing: { layout: 'graph' },
  })
})

t.test('what is sent and can not be drawn is refused with a reason', async (t) => {
  const json = { 'content-type': 'application/json' }
  const send = (body: string, headers: Record<string, string> = json) =>
    http.post<Refusal>(at(''), { body, headers })
  for (const body of ['', '{', '[]', 'null', '{"a":', '['.repeat(300_000)])
    t.match(await send(body), { statusCode: 422, body: { code: 'machine_illisible' } }, body.slice(0, 10))
  t.match(await send('<x/>', { 'content-type': 'text/xml' }), {
    statusCode: 415,
    body: { code: 'type_non_supporte' },
  })
  t.match(await send(JSON.stringify({ id: 'x'.repeat(1_100_000) })), {
    statusCode: 413,
    body: { code: 'corps_trop_grand' },
  })
  t.match(await http.get(`${now.url}/healthz`), { statusCode: 200 })
})

t.test('a machine of ten thousand states is told, not drawn, and holds up nobody for long', async (t) => {
  const names = Array.from({ length: 10_000 }, (_, index) => `s${index}`)
  const states = Object.fromEntries(
    names.map((name, index) => [name, { on: { NEXT: names[index + 1] ?? 's0' } }]),
  )
  const large = http.post<Drawn>(at(''), { json: { id: 'large', config: { initial: 's0', states } } })
  const small = http.post<Drawn>(at(''), { json: { id: 'small', config: { states: { a: {} } } } })
  t.match((await large).body, { chart: { states: { length: 10_000 } }, drawing: null })
  t.match((await small).body, { drawing: { layout: 'graph' } })
})

t.test('more than a few that are sent at once are turned away', async (t) => {
  const sent = Array.from({ length: 12 }, (_, index) =>
    http.post<Refusal>(at(''), { json: { id: `machine ${index}`, config: checkout } }),
  )
  const answers = await Promise.all(sent)
  const turnedAway = answers.filter(({ statusCode }) => statusCode === 503)
  t.ok(turnedAway.length > 0)
  for (const { headers, body } of turnedAway) {
    t.equal(body.code, 'occupe')
    t.equal(headers['retry-after'], '1')
  }
  t.equal(answers.filter(({ statusCode }) => statusCode === 200).length, 12 - turnedAway.length)
})

t.test('the inspector is no part of the documented API', async (t) => {
  const { body } = await http.get<{ paths: Record<string, unknown> }>(`${now.url}/docs/json`)
  t.ok('/api/sagas' in body.paths)
  t.strictSame(
    Object.keys(body.paths).filter((path) => path.startsWith('/inspector')),
    [],
  )
})
