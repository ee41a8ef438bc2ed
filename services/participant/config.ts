/** The settings of a participant: one declaration, read once, all faults told at once. */
import { Type } from 'typebox'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { collector } from './collector-settings.ts'
import { HOST_PATTERN, isLoopback } from './loopback.ts'
import { withSecretFiles } from './secret-files.ts'

const TOKEN = '[A-Za-z0-9._~+/=-]{16,512}'
const secret = { isSecret: true } as const

// `allowed` completes the sentence "PORT must be …".
export const ParticipantConfigSchema = Type.Object({
  PORT: Type.Integer({
    minimum: 0,
    maximum: 65_535,
    description: 'The port to listen on; 0 takes any free one.',
    allowed: 'a port number from 0 to 65535 (0 takes any free one)',
  }),
  HOST: Type.String({
    pattern: HOST_PATTERN,
    default: '127.0.0.1',
    description: 'The address to listen on.',
    allowed: 'a host name or an IP address, such as 0.0.0.0 or ::1, without port and brackets',
  }),
  DATABASE_URL: Type.String({
    minLength: 1,
    description: 'The database that has the schema of the participant.',
    allowed: 'set to the database, as postgres://user:password@host:port/database',
    ...secret,
  }),
  LOG_LEVEL: Type.String({
    pattern: '^(fatal|error|warn|info|debug|trace|silent)$',
    default: 'info',
    description: 'The least important log lines that are written.',
    allowed: 'one of fatal, error, warn, info, debug, trace and silent',
  }),
  SERVICE_TOKEN: Type.Optional(
    Type.String({
      pattern: `^${TOKEN}(,${TOKEN})*$`,
      description:
        'What whoever calls must send as Bearer token; any of several, separated by commas, while it is being changed.',
      allowed: '16 to 512 letters, digits and . _ ~ + / = -, several separated by commas',
      ...secret,
    }),
  ),
  METRICS_TOKEN: Type.Optional(
    Type.String({
      pattern: `^${TOKEN}$`,
      description:
        'What lets in to the metrics of a participant and to nothing else, such as Prometheus; SERVICE_TOKEN does too.',
      allowed: '16 to 512 letters, digits and . _ ~ + / = -',
      ...secret,
    }),
  ),
  ...collector,
})

export type ParticipantConfig = Readonly<Static<typeof ParticipantConfigSchema>>

/** One or more settings cannot be used; the message names them all. */
class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

const settings: readonly (readonly [string, TSchema])[] = Object.entries(ParticipantConfigSchema.properties)

/** An empty variable counts as not set. Throws ConfigError. */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  defaults: { PORT: number },
): ParticipantConfig {
  const secrets = settings.filter(([, setting]) => 'isSecret' in setting).map(([name]) => name)
  const { env: whole, faults: unread } = withSecretFiles(env, secrets)
  if (unread.length > 0) throw new ConfigError(unread.join(' '))
  const given: Record<string, unknown> = {}
  for (const [name] of settings) {
    const text = whole[name]
    if (text !== undefined && text !== '') given[name] = name === 'PORT' ? wholeNumberOr(text) : text
  }
  const config: unknown = Value.Default(ParticipantConfigSchema, { ...defaults, ...given })
  if (!Value.Check(ParticipantConfigSchema, config)) throw new ConfigError(`${faultsOf(config).join('; ')}.`)
  if (!isLoopback(config.HOST) && config.SERVICE_TOKEN === undefined)
    throw new ConfigError(
      `HOST is ${config.HOST}, where others can call, and SERVICE_TOKEN is not set: set it, or leave HOST at 127.0.0.1.`,
    )
  return Object.freeze(config)
}

function wholeNumberOr(text: string): number | string {
  return /^\d{1,9}$/.test(text) ? Number(text) : text
}

function faultsOf(config: unknown): string[] {
  const values = new Map(Object.entries(config ?? {}))
  return settings
    .filter(([name, setting]) => {
      const value: unknown = values.get(name)
      const mayLack = !ParticipantConfigSchema.required.includes(name as 'PORT')
      return value === undefined ? !mayLack : !Value.Check(setting, value)
    })
    .map(([name, setting]) => `${name} must be ${'allowed' in setting ? String(setting.allowed) : 'set'}`)
}
