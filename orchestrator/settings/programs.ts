/** What each program of Skald reads: its settings, with their checks, defaults and descriptions. */
import Type from 'typebox'
import { access } from './access.ts'
import { driving } from './driving.ts'
import { keeping } from './keeping.ts'
import { httpUrl, secret, url, wholeNumber } from './kinds.ts'
import { listening } from './listening.ts'
import { tracing } from './tracing.ts'

const DATABASE_URL = Type.String({
  ...url('a postgres:// URL, its password percent-encoded', '^postgres(ql)?://'),
  ...secret,
  description:
    'Postgres 15 or newer; Skald uses its schemas orchestrator, carts, stocks and produits. Without it `skald up` runs a Postgres of its own.',
})
/** As many as one machine may be asked to run. */
const ORCHESTRATORS_MAX = 16

const everywhere = { ...listening, ...driving, ...keeping, ...access, ...tracing }

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

/** It asks nobody itself who calls, but has to know whether those behind it do. */
const { REDACT: _redact, RATE_LIMIT: _limit, INSPECTOR_ATTACH_ORIGINS: _origins, ...asked } = access

/** What the gateway of `skald up` reads. */
export const GatewayConfigSchema = Type.Object({
  PORT: listening.PORT,
  HOST: listening.HOST,
  LOG_LEVEL: listening.LOG_LEVEL,
  ...asked,
  ...participants,
  ORCHESTRATOR_URLS: Type.String({
    pattern: '^https?://[^,\\s]+(,https?://[^,\\s]+)*$',
    description: 'Where the orchestrators are, separated by commas.',
    allowed: 'http:// or https:// URLs, separated by commas',
  }),
})
