// The settings: one declaration from which their types, their checks, their defaults and the table in the README are
// made. Read once, at the edge of a process, from the environment it passes in; all faults are told at once.
import Type from 'typebox'
import type { Static, TObject, TSchema } from 'typebox'
import Value from 'typebox/value'
import { DURATION } from './duration.ts'

/** Something is wrong with the settings. The message has one sentence a line, one for each fault. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

export type Environment = Readonly<Record<string, string | undefined>>

/** `allowed` completes the sentence "it must be …". */
const url = (allowed: string, pattern: string) => ({ format: 'url', pattern, allowed })
const httpUrl = url('an http:// or https:// URL', '^https?://')
const wholeNumber = (minimum: number, maximum: number, value: number, description: string) =>
  Type.Integer({
    minimum,
    maximum,
    default: value,
    description,
    allowed: `a whole number from ${minimum} to ${maximum}`,
  })

const DATABASE_URL = Type.String({
  ...url('a postgres:// URL, its password percent-encoded', '^postgres(ql)?://'),
  description:
    'Postgres 15 or newer; Skald uses its schemas orchestrator, carts, stocks and produits. Without it `skald up` runs a Postgres of its own.',
})
/** As a Content-Security-Policy has it, and nothing that could add to one. */
const ORIGIN = 'https?://[A-Za-z0-9.-]+(:([0-9]{1,5}|\\*))?'
const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']
const day = 86_400_000
/** As many as one machine may be asked to run. */
const ORCHESTRATORS_MAX = 16

const everywhere = {
  PORT: wholeNumber(0, 65_535, 8000, 'The one public port; 0 takes any free one.'),
  HOST: Type.String({
    minLength: 1,
    default: 'localhost',
    description: 'The address that port listens on; 0.0.0.0 for all.',
    allowed: 'a host name or an IP address',
  }),
  LOG_LEVEL: Type.Enum(levels, {
    default: 'info',
    description: 'The least important log lines that are written.',
    allowed: `one of ${levels.join(', ')}`,
  }),
  STEP_TIMEOUT_MS: wholeNumber(1, day, 3000, 'Milliseconds one attempt of a step may take.'),
  STEP_DEADLINE_MS: wholeNumber(1, day, 10_000, 'Milliseconds all attempts of a step may take together.'),
  STEP_RETRIES: wholeNumber(
    0,
    100,
    2,
    'How often an attempt in short trouble is made again within the deadline.',
  ),
  WAIT_SECONDS: wholeNumber(
    0,
    3600,
    30,
    'Seconds a call that starts a saga waits for its end before it answers 202.',
  ),
  LEASE_MS: wholeNumber(
    500,
    600_000,
    5000,
    'Milliseconds an orchestrator may go unheard before others take its sagas.',
  ),
  GRACE_MS: wholeNumber(
    0,
    300_000,
    5000,
    'Milliseconds an ending orchestrator lets sagas in flight finish before it hands them over.',
  ),
  SAGAS_IN_FLIGHT: wholeNumber(1, 1_000_000, 2000, 'Sagas that one orchestrator drives at once.'),
  START_QUEUE: wholeNumber(
    0,
    1_000_000,
    2000,
    'Starts that may wait behind those sagas before callers are answered 503.',
  ),
  PARTICIPANT_CALLS: wholeNumber(
    1,
    100_000,
    64,
    'Calls to one participant that an orchestrator has under way at once.',
  ),
  WEBHOOK_URL: Type.Optional(
    Type.String({
      ...httpUrl,
      isSecret: true,
      description: 'Who is told of sagas that park or fail: the address that notices are posted to.',
    }),
  ),
  WEBHOOK_SECRET: Type.Optional(
    Type.String({
      pattern: '^whsec_(?:[A-Za-z0-9+/]{4}){8,21}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
      description: 'What notices are signed with, as Standard Webhooks has it: whsec_ and base64.',
      allowed: 'whsec_ and 24 to 64 bytes in base64',
      isSecret: true,
    }),
  ),
  PARTITIONS: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 32_767,
      description:
        'How many slices all sagas are cut into. Fixed when the database is first used: 64 unless said.',
      allowed: 'a whole number from 1 to 32767',
    }),
  ),
  RETAIN_DONE: Type.Optional(
    Type.String({
      ...DURATION,
      description:
        'How long sagas that are done are kept since they ended, with their journal and their Idempotency-Key, such as 36h or 30d; for ever unless said.',
    }),
  ),
  RETAIN_FAILED: Type.Optional(
    Type.String({
      ...DURATION,
      description: 'The same for sagas that failed, those that were abandoned included.',
    }),
  ),
  RETAIN_EVENTS: Type.String({
    ...DURATION,
    default: '30d',
    description:
      'How long an answered event is remembered by its Idempotency-Key, at most as long as its saga: sent again, it is not applied again.',
  }),
  ARCHIVE_DIR: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'The folder that journals are written to before they are removed, as JSON lines under gzip. Without it they are not kept.',
      allowed: 'the path of a folder',
    }),
  ),
  INSPECTOR_ATTACH_ORIGINS: Type.String({
    pattern: `^${ORIGIN}(,${ORIGIN})*$`,
    default: 'http://localhost:*,http://127.0.0.1:*',
    description:
      'Pages that may show the inspector of attached machines in a frame, by their origins, separated by commas; `*` is any port.',
    allowed: 'http:// or https:// origins, separated by commas, such as https://shop.example',
  }),
}

const participant = (name: string) =>
  Type.String({ ...httpUrl, description: `Where the participant ${name} is.` })
const participants = {
  CARTS_URL: participant('carts'),
  STOCKS_URL: participant('stocks'),
  PRODUITS_URL: participant('produits'),
}

/** Of any name, for machines that call others than those three. */
const PARTICIPANTS = Type.Optional(
  Type.String({
    pattern: '^[a-z][a-z0-9-]*=https?://[^,\\s]+(,[a-z][a-z0-9-]*=https?://[^,\\s]+)*$',
    description: 'Where further participants are, as name=url, separated by commas.',
    allowed: 'name=url, separated by commas, such as hotels=http://localhost:9000',
  }),
)

/** What `skald up` reads. A participant whose URL is given is not started. */
export const UpConfigSchema = Type.Object({
  ...everywhere,
  ORCHESTRATORS: wholeNumber(1, ORCHESTRATORS_MAX, 1, 'How many orchestrators drive the sagas between them.'),
  DATABASE_URL: Type.Optional(DATABASE_URL),
  SKALD_HOME: Type.String({
    minLength: 1,
    default: '.skald',
    description:
      'The folder of the embedded Postgres, the logs and the pid files, from where `skald` is called.',
    allowed: 'the path of a folder',
  }),
  ...Type.Partial(Type.Object(participants)).properties,
  PARTICIPANTS,
})

/** What an orchestrator reads. */
export const OrchestratorConfigSchema = Type.Object({
  ...everywhere,
  DATABASE_URL,
  ...participants,
  PARTICIPANTS,
  ORCHESTRATOR_ID: Type.String({
    minLength: 1,
    maxLength: 200,
    description:
      'The name this orchestrator leases partitions under, another for each; by default host and pid.',
    allowed: 'a name of at most 200 letters',
  }),
  TAKE_OVER_NAME: Type.Boolean({
    default: false,
    description:
      'Set by a supervisor that never runs two orchestrators of one name: a restart takes over the partitions of its former life at once, instead of waiting for its lease to expire.',
    allowed: 'true or false',
  }),
})

/** What the gateway of `skald up` reads. */
export const GatewayConfigSchema = Type.Object({
  PORT: everywhere.PORT,
  HOST: everywhere.HOST,
  LOG_LEVEL: everywhere.LOG_LEVEL,
  ...participants,
  ORCHESTRATOR_URLS: Type.String({
    pattern: '^https?://[^,\\s]+(,https?://[^,\\s]+)*$',
    description: 'Where the orchestrators are, separated by commas.',
    allowed: 'http:// or https:// URLs, separated by commas',
  }),
})

export type UpConfig = Readonly<Static<typeof UpConfigSchema>>
export type GatewayConfig = Readonly<Static<typeof GatewayConfigSchema>>
export type OrchestratorConfig = Readonly<Static<typeof OrchestratorConfigSchema>>

/** Throws a ConfigError. */
export function readUpConfig(env: Environment): UpConfig {
  return read(UpConfigSchema, env)
}

/** `ORCHESTRATOR_ID` of `defaults` holds where the environment names none. Throws a ConfigError. */
export function readOrchestratorConfig(
  env: Environment,
  defaults: { ORCHESTRATOR_ID: string },
): OrchestratorConfig {
  return read(OrchestratorConfigSchema, {
    ...env,
    ORCHESTRATOR_ID: env['ORCHESTRATOR_ID'] || defaults.ORCHESTRATOR_ID,
  })
}

/** Throws a ConfigError. */
export function readGatewayConfig(env: Environment): GatewayConfig {
  return read(GatewayConfigSchema, env)
}

/** The address of every participant by its name, without a slash at its end. */
export function addressesOf(config: OrchestratorConfig): Readonly<Record<string, string>> {
  const further = (config.PARTICIPANTS ?? '').split(',').filter(Boolean)
  const addresses = [
    ['carts', config.CARTS_URL],
    ['stocks', config.STOCKS_URL],
    ['produits', config.PRODUITS_URL],
    ...further.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  ]
  return Object.fromEntries(addresses.map(([name, url]) => [name, url?.replace(/\/+$/, '')]))
}

/** Settings that have to fit each other. */
interface Together {
  STEP_TIMEOUT_MS?: number
  STEP_DEADLINE_MS?: number
  ORCHESTRATORS?: number
  PARTITIONS?: number
  WEBHOOK_URL?: string
  WEBHOOK_SECRET?: string
}

function read<Schema extends TObject>(schema: Schema, env: Environment): Readonly<Static<Schema>> {
  const given: Record<string, unknown> = {}
  for (const [name, setting] of Object.entries(schema.properties)) {
    const text = env[name]
    // An empty setting is none: that is how compose files pass on what is not set.
    if (text) given[name] = valueOf(setting, text)
  }
  const config: unknown = Value.Default(schema, given)
  const faults = faultsIn(schema, config)
  if (!Value.Check(schema, config) || faults.length > 0) throw new ConfigError(faults.join('\n'))
  return Object.freeze(config)
}

/** The text itself where it is none of its setting's kind: the check will tell. */
function valueOf(setting: TSchema, text: string): unknown {
  if (Type.IsInteger(setting) && /^-?\d+$/.test(text)) return Number(text)
  if (Type.IsBoolean(setting) && /^(true|false)$/.test(text)) return text === 'true'
  return text
}

function faultsIn(schema: TObject, config: unknown): string[] {
  const values = Object(config)
  const faults = Object.entries(schema.properties).flatMap(([name, setting]) => {
    const value: unknown = values[name]
    const allowed = 'allowed' in setting ? String(setting.allowed) : 'valid'
    if (value === undefined)
      return schema.required.includes(name) ? [`${name} is not set: it must be ${allowed}.`] : []
    const told = 'isSecret' in setting ? 'of another form' : shown(value)
    return Value.Check(setting, value) ? [] : [`${name} is ${told}: it must be ${allowed}.`]
  })
  return faults.length > 0 ? faults : contradictions(values)
}

function contradictions(settings: Together): string[] {
  const { STEP_TIMEOUT_MS, STEP_DEADLINE_MS, ORCHESTRATORS, PARTITIONS } = settings
  const faults: string[] = []
  if (STEP_TIMEOUT_MS !== undefined && STEP_DEADLINE_MS !== undefined && STEP_DEADLINE_MS <= STEP_TIMEOUT_MS)
    faults.push(
      `STEP_DEADLINE_MS is ${STEP_DEADLINE_MS}: it must be more than STEP_TIMEOUT_MS, which is ${STEP_TIMEOUT_MS}.`,
    )
  // One of them would own nothing: it would never be ready, and `skald up` would wait for it in silence.
  if (ORCHESTRATORS !== undefined && PARTITIONS !== undefined && ORCHESTRATORS > PARTITIONS)
    faults.push(`ORCHESTRATORS is ${ORCHESTRATORS}: it must be at most PARTITIONS, which is ${PARTITIONS}.`)
  return [...faults, ...halfAWebhook(settings)]
}

/** Notices that nobody could check, or a secret for none. */
function halfAWebhook({ WEBHOOK_URL, WEBHOOK_SECRET }: Together): string[] {
  if ((WEBHOOK_URL === undefined) === (WEBHOOK_SECRET === undefined)) return []
  const [missing, given] =
    WEBHOOK_URL === undefined ? ['WEBHOOK_URL', 'WEBHOOK_SECRET'] : ['WEBHOOK_SECRET', 'WEBHOOK_URL']
  return [`${missing} is not set: it belongs to ${given}.`]
}

/** The value as it can be told: passwords in URLs are not. */
function shown(value: unknown): string {
  return JSON.stringify(value).replace(/(:\/\/[^:/]*:).*@/, '$1…@')
}
