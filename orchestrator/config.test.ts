import t from 'tap'
import {
  ConfigError,
  addressesOf,
  readGatewayConfig,
  readOrchestratorConfig,
  readUpConfig,
} from './config.ts'

const wired = {
  DATABASE_URL: 'postgres://skald:secret@db:5432/skald',
  CARTS_URL: 'http://carts:8000',
  STOCKS_URL: 'http://stocks:8000',
  PRODUITS_URL: 'https://produits/',
}
const id = { ORCHESTRATOR_ID: 'host:1' }

function complaint(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return 'none'
}

t.test('without any setting `up` has its defaults, and an empty setting is none', (t) => {
  const defaults = {
    PORT: 8000,
    HOST: 'localhost',
    LOG_LEVEL: 'info',
    SKALD_HOME: '.skald',
    STEP_TIMEOUT_MS: 3000,
    STEP_DEADLINE_MS: 10_000,
    STEP_RETRIES: 2,
    WAIT_SECONDS: 30,
    ORCHESTRATORS: 1,
    LEASE_MS: 5000,
    GRACE_MS: 5000,
    SAGAS_IN_FLIGHT: 2000,
    START_QUEUE: 2000,
    PARTICIPANT_CALLS: 64,
    RETAIN_EVENTS: '30d',
    INSPECTOR_ATTACH_ORIGINS: 'http://localhost:*,http://127.0.0.1:*',
    ACCESS_JWT_ROLES: 'roles',
    RATE_LIMIT: 1000,
  }
  t.same(readUpConfig({}), defaults)
  t.same(readUpConfig({ PORT: '', DATABASE_URL: '', CARTS_URL: '' }), defaults)
  t.end()
})

t.test('an orchestrator takes the id it is given, and the default otherwise', (t) => {
  t.equal(readOrchestratorConfig(wired, id).ORCHESTRATOR_ID, 'host:1')
  t.equal(readOrchestratorConfig({ ...wired, ORCHESTRATOR_ID: 'a' }, id).ORCHESTRATOR_ID, 'a')
  t.end()
})

const takesOver = (TAKE_OVER_NAME: string) =>
  readOrchestratorConfig({ ...wired, TAKE_OVER_NAME }, id).TAKE_OVER_NAME

t.test('only true and false are true and false', (t) => {
  t.equal(takesOver('true'), true)
  t.equal(takesOver('false'), false)
  t.equal(takesOver(''), false)
  t.equal(
    complaint(() => takesOver('1')),
    'TAKE_OVER_NAME is "1": it must be true or false.',
  )
  t.end()
})

const orchestrators = (ORCHESTRATOR_URLS: string) =>
  readGatewayConfig({ ...wired, ORCHESTRATOR_URLS }).ORCHESTRATOR_URLS

t.test('the gateway takes one orchestrator or several', (t) => {
  t.equal(orchestrators('http://a:1'), 'http://a:1')
  t.equal(orchestrators('http://a:1,https://b'), 'http://a:1,https://b')
  for (const wrong of ['', 'a:1', 'http://a,', 'http://a, http://b', 'http://a;http://b,c'])
    t.match(
      complaint(() => orchestrators(wrong)),
      /^ORCHESTRATOR_URLS is .*: it must be http:\/\/ or https:\/\/ URLs, separated by commas\.$/,
    )
  t.end()
})

t.test('the configuration is frozen', (t) => {
  t.ok(Object.isFrozen(readUpConfig({})))
  t.end()
})

t.test('all faults are told at once, each with the setting, its value and what is allowed', (t) => {
  const env = { PORT: '70000', LOG_LEVEL: 'loud', CARTS_URL: 'carts:80', WAIT_SECONDS: '1.5' }
  t.equal(
    complaint(() => readOrchestratorConfig({ ...wired, ...env, DATABASE_URL: '' }, id)),
    [
      'PORT is 70000: it must be a whole number from 0 to 65535.',
      'LOG_LEVEL is "loud": it must be one of fatal, error, warn, info, debug, trace, silent.',
      'WAIT_SECONDS is "1.5": it must be a whole number from 0 to 3600.',
      'DATABASE_URL is not set: it must be a postgres:// URL, its password percent-encoded.',
      'CARTS_URL is "carts:80": it must be an http:// or https:// URL.',
    ].join('\n'),
  )
  t.end()
})

for (const PORT of ['-1', '1e3', '0x10', ' 80', 'true', '65536'])
  t.test(`${JSON.stringify(PORT)} is no port`, (t) => {
    t.match(
      complaint(() => readUpConfig({ PORT })),
      /^PORT is .+: it must be a whole number from 0 to 65535\.$/,
    )
    t.end()
  })

t.test('the deadline of a step must exceed the timeout of its attempts', (t) => {
  t.equal(
    complaint(() => readUpConfig({ STEP_TIMEOUT_MS: '500', STEP_DEADLINE_MS: '500' })),
    'STEP_DEADLINE_MS is 500: it must be more than STEP_TIMEOUT_MS, which is 500.',
  )
  t.end()
})

t.test('no orchestrator is left without a partition', (t) => {
  t.equal(
    complaint(() => readUpConfig({ ORCHESTRATORS: '3', PARTITIONS: '2' })),
    'ORCHESTRATORS is 3: it must be at most PARTITIONS, which is 2.',
  )
  t.match(readUpConfig({ ORCHESTRATORS: '3', PARTITIONS: '3' }), { ORCHESTRATORS: 3 })
  t.end()
})

t.test('a retention is a while of a minute or more', (t) => {
  t.match(readUpConfig({ RETAIN_DONE: '90m', RETAIN_FAILED: '365d' }), { RETAIN_DONE: '90m' })
  for (const RETAIN_DONE of ['0d', '30', '30 d', '59s', '-1h', '1.5d', '123456d'])
    t.equal(
      complaint(() => readUpConfig({ RETAIN_DONE })),
      `RETAIN_DONE is "${RETAIN_DONE}": it must be a whole number from 1 to 99999 and m, h or d, such as 90m, 36h or 30d.`,
    )
  t.end()
})

t.test('a password is never told', (t) => {
  for (const DATABASE_URL of ['mysql://skald:secret@db/skald', 'postgres://skald:sec#ret@db/skald']) {
    const message = complaint(() => readUpConfig({ DATABASE_URL }))
    t.match(message, /^DATABASE_URL is .*: it must be a postgres:\/\/ URL/)
    t.notMatch(message, /sec/)
  }
  t.end()
})

const orchestratorEnv = {
  DATABASE_URL: 'postgres://localhost/db',
  CARTS_URL: 'http://localhost:1/',
  STOCKS_URL: 'http://localhost:2//',
  PRODUITS_URL: 'http://localhost:3',
}

t.test('every participant has an address, without a slash at its end', (t) => {
  const env = { ...orchestratorEnv, PARTICIPANTS: 'hotels=http://h:9/,trains=https://t' }
  t.same(addressesOf(readOrchestratorConfig(env, { ORCHESTRATOR_ID: 'x' })), {
    carts: 'http://localhost:1',
    stocks: 'http://localhost:2',
    produits: 'http://localhost:3',
    hotels: 'http://h:9',
    trains: 'https://t',
  })
  t.match(
    complaint(() =>
      readOrchestratorConfig({ ...orchestratorEnv, PARTICIPANTS: 'hotels' }, { ORCHESTRATOR_ID: 'x' }),
    ),
    /^PARTICIPANTS is "hotels": it must be name=url, separated by commas/,
  )
  t.end()
})

t.test('a webhook has an address and a secret, and neither is ever told', (t) => {
  const WEBHOOK_URL = 'https://hooks.example/token'
  const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
  t.match(readOrchestratorConfig({ ...wired, WEBHOOK_URL, WEBHOOK_SECRET }, id), {
    WEBHOOK_URL,
    WEBHOOK_SECRET,
  })
  const complaintOf = (settings: Record<string, string>) =>
    complaint(() => readOrchestratorConfig({ ...wired, ...settings }, id))
  t.equal(complaintOf({ WEBHOOK_URL }), 'WEBHOOK_SECRET is not set: it belongs to WEBHOOK_URL.')
  t.equal(complaintOf({ WEBHOOK_SECRET }), 'WEBHOOK_URL is not set: it belongs to WEBHOOK_SECRET.')
  t.equal(
    complaintOf({ WEBHOOK_URL, WEBHOOK_SECRET: 'swordfish' }),
    'WEBHOOK_SECRET is of another form: it must be whsec_ and 24 to 64 bytes in base64.',
  )
  t.notMatch(complaintOf({ WEBHOOK_URL: 'ftp://hooks.example/token', WEBHOOK_SECRET }), /token/)
  t.end()
})

t.test(
  'who may show the attach page in a frame is named by origins, and by nothing that adds to a policy',
  (t) => {
    const given = 'https://shop.example,http://10.0.0.7:8080,http://localhost:*'
    t.equal(readUpConfig({ INSPECTOR_ATTACH_ORIGINS: given }).INSPECTOR_ATTACH_ORIGINS, given)
    const wrong = [
      '*',
      "'self'",
      'shop.example',
      'https://shop.example/',
      'https://shop.example; script-src *',
      'https://shop.example ,http://localhost',
      'https://shop.example,',
      'https://user@shop.example',
    ]
    for (const INSPECTOR_ATTACH_ORIGINS of wrong)
      t.match(
        complaint(() => readUpConfig({ INSPECTOR_ATTACH_ORIGINS })),
        /^INSPECTOR_ATTACH_ORIGINS is ".*": it must be http:\/\/ or https:\/\/ origins, .* https:\/\/shop\.example\.$/,
        INSPECTOR_ATTACH_ORIGINS,
      )
    t.end()
  },
)

t.test('nobody listens where others can call, unless it is said who may', (t) => {
  const beyond = { ...wired, HOST: '0.0.0.0' }
  const open = [
    'HOST is "0.0.0.0", where others can call, and nothing says who may: set ACCESS_TOKENS_FILE (`skald token create`',
    'makes the file) or ACCESS_JWKS_URL, or leave HOST at localhost.',
  ].join(' ')
  t.equal(
    complaint(() => readOrchestratorConfig(beyond, id)),
    open,
  )
  t.equal(readOrchestratorConfig({ ...beyond, ACCESS_TOKENS_FILE: 'tokens.json' }, id).HOST, '0.0.0.0')
  for (const HOST of ['localhost', '127.0.0.1', '127.1.2.3', '::1'])
    t.equal(readOrchestratorConfig({ ...wired, HOST }, id).HOST, HOST)
  for (const HOST of ['::', '192.168.1.2', 'skald.example', '127.0.0.1.skald.example'])
    t.match(
      complaint(() => readOrchestratorConfig({ ...wired, HOST }, id)),
      'nothing says who may',
    )
  for (const HOST of ['[::1]', 'localhost:8000', '[::]:8000', 'http://localhost', ' localhost'])
    t.match(
      complaint(() => readOrchestratorConfig({ ...wired, HOST }, id)),
      'it must be a host name or an IP address, such as 0.0.0.0 or ::1, without port and brackets.',
    )
  t.end()
})

t.test('an issuer of JWTs is told whole, or not at all', (t) => {
  const issuer = {
    ACCESS_JWKS_URL: 'https://issuer/keys',
    ACCESS_JWT_ISSUER: 'https://issuer/',
    ACCESS_JWT_AUDIENCE: 'skald',
  }
  t.match(readOrchestratorConfig({ ...wired, ...issuer, HOST: '0.0.0.0' }, id), issuer)
  t.equal(
    complaint(() => readOrchestratorConfig({ ...wired, ...issuer, ACCESS_JWT_AUDIENCE: '' }, id)),
    'ACCESS_JWT_AUDIENCE is not set: it belongs to ACCESS_JWKS_URL and ACCESS_JWT_ISSUER.',
  )
  t.equal(
    complaint(() => readOrchestratorConfig({ ...wired, ACCESS_JWT_ISSUER: 'https://issuer/' }, id)),
    [
      'ACCESS_JWKS_URL is not set: it belongs to ACCESS_JWT_ISSUER.',
      'ACCESS_JWT_AUDIENCE is not set: it belongs to ACCESS_JWT_ISSUER.',
    ].join('\n'),
  )
  t.end()
})
