// What an operator reads, over HTTP: lists, one saga, counts, machines, the feed.
import t from 'tap'
import { http } from '../../test/kit/http.ts'
import { startSystem } from '../../test/kit/system.ts'
import { until } from '../../test/kit/until.ts'

const BY_TEST = { actor: 'test', reason: 'The test says so.' }
const QUICK = { STEP_RETRIES: '0', STEP_TIMEOUT_MS: '500', STEP_DEADLINE_MS: '1000' }

const system = await startSystem(t, QUICK)
const { shop, orchestrator } = system

interface Refusal {
  readonly code: string
  readonly detail: string
  readonly errors: readonly { field: string; message: string }[]
}

async function read<Body>(path: string): Promise<Body> {
  const { statusCode, body } = await http.get<Body>(`${orchestrator.url}/api/${path}`)
  if (statusCode !== 200) throw new Error(`GET ${path} answered ${statusCode}: ${JSON.stringify(body)}`)
  return body
}

const idsOf = async (query: string) => (await shop.sagas(query)).map(({ saga_id }) => saga_id)

await shop.setStock(1)
const soldCart = await shop.cart(1)
const sold = (await shop.order(soldCart)).body.saga_id
const refusedOrder = await shop.order(await shop.cart(1))
const refused = refusedOrder.body.saga_id

t.test(
  'a refusal is shown with what the participant said, but its caller is told no more than why',
  async (t) => {
    t.match(refusedOrder, { status: 409, body: { code: 'stock_insuffisant', undone: true } })
    t.notOk('answer' in (refusedOrder.body.error ?? {}))
    const saga = await read<Record<string, unknown>>(`sagas/${refused}`)
    t.match(saga, {
      state: 'FAILED',
      error_code: 'stock_insuffisant',
      undone: true,
      parked: null,
      verbs: [],
      last_error: {
        step: 'reserve',
        status: 409,
        answer: { status: 409, body: /"code":"stock_insuffisant"/ },
      },
    })
  },
)

t.test('sagas are found by version, error code, age and the beginning of a cart_id', async (t) => {
  t.strictSame(await idsOf('error_code=stock_insuffisant'), [refused])
  t.strictSame(await idsOf('error_code=stock_insuffisant&status=done'), [])
  t.strictSame(await idsOf('version=2'), [refused, sold])
  t.strictSame(await idsOf('machine=commande&version=1'), [])
  t.strictSame(await idsOf('younger_than=1h'), [refused, sold])
  t.strictSame(await idsOf('older_than=1h'), [])
  t.strictSame(await idsOf('older_than=0s&younger_than=3d'), [refused, sold])
  t.strictSame(await idsOf(`q=${soldCart.slice(0, 13)}`), [sold])
  t.strictSame(await idsOf(`q=${soldCart.slice(1)}`), [])
  t.strictSame(await idsOf('step=lock'), [])
})

t.test('a list names the parameter that is wrong, and how it should be', async (t) => {
  const queries: [string, string, RegExp][] = [
    ...['older_than', 'younger_than'].flatMap((field) =>
      ['', '5', 'h', '1.5h', '-1h', '1w', '1h30m', '1H', '1234567s'].map((age): [string, string, RegExp] => [
        `${field}=${age}`,
        field,
        /^must be an age: .* such as 90s, 15m, 2h or 3d$/,
      ]),
    ),
    ['status=stuck', 'status', /allowed/],
    ['limit=0', 'limit', /from 1 to 200/],
    ['cursor=x', 'cursor', /next_cursor/],
    ['q=', 'q', /fewer than 1/],
    ['step=%00', 'step', /name of a step/],
    [`error_code=${'x'.repeat(201)}`, 'error_code', /more than 200/],
    ['age=1h', 'age', /is not a field/],
  ]
  for (const [query, field, message] of queries) {
    const { statusCode, body } = await http.get<Refusal>(`${orchestrator.url}/api/sagas?${query}`)
    t.match(
      { statusCode, ...body },
      { statusCode: 400, code: 'requete_invalide', errors: [{ field, message }] },
      query,
    )
  }
})

t.test(
  'a saga whose compensation fails says what keeps failing, what can be done, and that it was given up',
  async (t) => {
    await shop.setStock(10)
    const cart = await shop.cart(1)
    // Silent, so that it has to be undone by a participant that stays away.
    system.produits.hold('answer')
    const order = shop.order(cart, { prefer: 'wait=60' })
    const query = 'status=parked&state=parked.undoing&step=create&error_code=ETIMEDOUT'
    const parked = await until('the compensation that fails', async () => (await shop.sagas(query))[0])
    const { saga_id } = parked
    t.match(parked, {
      business_key: cart,
      step: 'create',
      undone: null,
      last_error: { code: 'ETIMEDOUT', step: 'create' },
      parked: { step: 'create', code: 'ETIMEDOUT', tries: Number, next_try_at: String, by: 'chart' },
    })
    t.notOk('verbs' in parked, 'what can be done is told of one saga only')
    const one = await until('what can be done', async () => {
      const saga = await read<{ status: string; verbs: unknown[] }>(`sagas/${saga_id}`)
      return saga.status === 'parked' && saga
    })
    t.strictSame(one.verbs, [
      { verb: 'retry', steps: [] },
      { verb: 'skip', steps: ['create'] },
      { verb: 'abandon', steps: [] },
    ])

    const given = await shop.post(`/api/sagas/${saga_id}/abandon`, {
      ...BY_TEST,
      reason: 'The store burnt down.',
    })
    t.match(given, {
      status: 200,
      body: { state: 'FAILED', undone: false, error_code: 'ABANDONED', parked: null },
    })
    t.match(
      await order,
      {
        status: 502,
        body: {
          code: 'ABANDONED',
          detail: /given up: The store burnt down\. .* NOT been undone/,
          undone: false,
          saga_id,
        },
      },
      'who started it, and waits, hears that too',
    )
    t.strictSame(await idsOf('error_code=ABANDONED'), [saga_id])
    system.produits.release()
  },
)

t.test('counts tell how many sagas stand where', async (t) => {
  const counts = [
    { machine: 'commande', version: '2', status: 'done', state: 'DONE', sagas: 1 },
    { machine: 'commande', version: '2', status: 'failed', state: 'FAILED', sagas: 2 },
  ]
  t.strictSame(await read('counts'), { counts })
  t.strictSame(await read('counts?machine=commande&version=2'), { counts })
  t.strictSame(await read('counts?version=1'), { counts: [] })
  const { statusCode, body } = await http.get<Refusal>(`${orchestrator.url}/api/counts?status=done`)
  t.match({ statusCode, ...body }, { statusCode: 400, errors: [{ field: 'status' }] })
})

t.test('machines are told by version, with how many sagas are in each', async (t) => {
  const none = { running: 0, compensating: 0, parked: 0, done: 0, failed: 0 }
  const { machines } = await read<{ machines: Record<string, unknown>[] }>('machines')
  const hash = /^[0-9a-f]{64}$/
  t.match(machines, [
    {
      machine: 'commande',
      versions: [
        { version: '1', newest: false, here: true, hash, sagas: none },
        { version: '2', newest: true, here: true, hash, sagas: { ...none, done: 1, failed: 2 } },
      ],
    },
  ])
  t.match(await read('machines/commande/1'), {
    id: 'commande',
    version: '1',
    hash,
    config: { initial: 'doing' },
  })
  const { statusCode, body } = await http.get<Refusal>(`${orchestrator.url}/api/machines/commande/7`)
  t.match(
    { statusCode, ...body },
    { statusCode: 404, code: 'machine_inconnue', detail: /Version 7 of machine commande/ },
  )
})

t.test('the feed tells each transition of each saga once, from when one began to look', async (t) => {
  const now = await read<{ transitions: unknown[]; cursor: string }>('transitions')
  t.match(now, { transitions: [], cursor: String, has_more: false })
  const first = (await shop.order(await shop.cart(1))).body.saga_id
  const second = (await shop.order(await shop.cart(1))).body.saga_id
  let { cursor } = now
  const told: string[] = []
  for (let hasMore = true; hasMore;) {
    const page = await read<{
      transitions: { saga_id: string; seq: number; state: string; machine: string; event: { type: string } }[]
      cursor: string
      has_more: boolean
    }>(`transitions?after=${cursor}&limit=3`)
    told.push(...page.transitions.map(({ saga_id, seq, state }) => `${saga_id} ${seq} ${state}`))
    for (const { machine, event } of page.transitions)
      t.match({ machine, event }, { machine: 'commande', event: { type: String } })
    cursor = page.cursor
    hasMore = page.has_more
  }
  const states = ['doing.lock', 'doing.reserve', 'doing.create', 'done']
  t.strictSame(
    told,
    [first, second].flatMap((sagaId) => states.map((state, seq) => `${sagaId} ${seq} ${state}`)),
  )
  t.match(await read(`transitions?after=${now.cursor}&machine=retour`), { transitions: [], has_more: false })
})

t.test('a feed refuses a cursor that is none, by its name', async (t) => {
  const { cursor } = await read<{ cursor: string }>('transitions')
  const others = ['x', 'now', cursor.replace(/^[^.]*/, '0'.repeat(12)), cursor.replace(/[^.]*$/, 'zzzzzz')]
  for (const after of others) {
    const { statusCode, body } = await http.get<Refusal>(`${orchestrator.url}/api/transitions?after=${after}`)
    t.match(
      { statusCode, ...body },
      { statusCode: 400, errors: [{ field: 'after', message: /begin again/ }] },
      after,
    )
  }
  const { statusCode, body } = await http.get<Refusal>(`${orchestrator.url}/api/transitions?limit=1001`)
  t.match({ statusCode, ...body }, { statusCode: 400, errors: [{ field: 'limit' }] })
})
