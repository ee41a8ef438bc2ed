/** The settings of a participant: one declaration, read once, all faults told at once. */
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { Value } from 'typebox/value'

// Descriptions complete the sentence "PORT must be …".
export const ParticipantConfigSchema = Type.Object({
  PORT: Type.Integer({
    minimum: 0,
    maximum: 65_535,
    description: 'a port number from 0 to 65535 (0 takes any free one)',
  }),
  HOST: Type.String({
    minLength: 1,
    default: '127.0.0.1',
    description: 'the address to listen on',
  }),
  DATABASE_URL: Type.String({
    minLength: 1,
    description: 'set to the database, as postgres://user:password@host:port/database',
  }),
  LOG_LEVEL: Type.String({
    pattern: '^(fatal|error|warn|info|debug|trace|silent)$',
    default: 'info',
    description: 'one of fatal, error, warn, info, debug, trace and silent',
  }),
})

export type ParticipantConfig = Readonly<Static<typeof ParticipantConfigSchema>>

/** One or more settings cannot be used; the message names them all. */
class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** An empty variable counts as not set. Throws ConfigError. */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  defaults: { PORT: number },
): ParticipantConfig {
  const given: Record<string, unknown> = {}
  for (const name of Object.keys(ParticipantConfigSchema.properties)) {
    const text = env[name]
    if (text !== undefined && text !== '') given[name] = name === 'PORT' ? wholeNumberOr(text) : text
  }
  const settings: unknown = Value.Default(ParticipantConfigSchema, { ...defaults, ...given })
  if (Value.Check(ParticipantConfigSchema, settings)) return Object.freeze(settings)
  throw new ConfigError(`${faultsOf(settings).join('; ')}.`)
}

function wholeNumberOr(text: string): number | string {
  return /^\d{1,9}$/.test(text) ? Number(text) : text
}

function faultsOf(settings: unknown): string[] {
  const values = new Map(Object.entries(settings ?? {}))
  return Object.entries(ParticipantConfigSchema.properties)
    .filter(([name, schema]) => !Value.Check(schema, values.get(name)))
    .map(
      ([name, schema]) => `${name} must be ${'description' in schema ? String(schema.description) : 'set'}`,
    )
}
