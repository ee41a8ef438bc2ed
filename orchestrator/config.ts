// Settings: read once, at the edge of a process, from the environment it passes in, and checked by their one declaration
// in settings/; all faults are told at once.
import Type from 'typebox'
import type { Static, TObject, TSchema } from 'typebox'
import Value from 'typebox/value'
import { isLoopback } from '../services/participant/loopback.ts'
import { withSecretFiles } from '../services/participant/secret-files.ts'
import { accessFaults, type AccessTogether } from './settings/access.ts'
import { GatewayConfigSchema, OrchestratorConfigSchema, UpConfigSchema } from './settings/programs.ts'

/** Something is wrong with the settings. The message has one sentence a line, one for each fault. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

export type Environment = Readonly<Record<string, string | undefined>>

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
interface Together extends AccessTogether {
  STEP_TIMEOUT_MS?: number
  STEP_DEADLINE_MS?: number
  ORCHESTRATORS?: number
  ORCHESTRATOR_URLS?: string
  SERVICE_TOKEN?: string
  PARTITIONS?: number
  WEBHOOK_URL?: string
  WEBHOOK_SECRET?: string
}

function read<Schema extends TObject>(schema: Schema, env: Environment): Readonly<Static<Schema>> {
  const given: Record<string, unknown> = {}
  const secrets = Object.keys(schema.properties).filter((name) => isSecret(schema.properties[name]))
  const { env: whole, faults: unread } = withSecretFiles(env, secrets)
  if (unread.length > 0) throw new ConfigError(unread.join('\n'))
  for (const [name, setting] of Object.entries(schema.properties)) {
    const text = whole[name]
    // An empty setting is none: that is how compose files pass on what is not set.
    if (text) given[name] = valueOf(setting, text)
  }
  const config: unknown = Value.Default(schema, given)
  const faults = faultsIn(schema, config)
  if (!Value.Check(schema, config) || faults.length > 0) throw new ConfigError(faults.join('\n'))
  return Object.freeze(config)
}

const isSecret = (setting: TSchema | undefined) => setting !== undefined && 'isSecret' in setting

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
    const told = isSecret(setting) ? 'of another form' : shown(value)
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
  return [...faults, ...halfAWebhook(settings), ...accessFaults(settings), ...openGateway(settings)]
}

/** Through it participants are reached, and those know one token alone. */
function openGateway({ HOST, SERVICE_TOKEN, ORCHESTRATORS, ORCHESTRATOR_URLS }: Together): string[] {
  const isGateway = ORCHESTRATORS !== undefined || ORCHESTRATOR_URLS !== undefined
  if (!isGateway || HOST === undefined || isLoopback(HOST) || SERVICE_TOKEN !== undefined) return []
  const open = 'where others can call the participants too, and SERVICE_TOKEN is not set'
  return [
    `HOST is ${JSON.stringify(HOST)}, ${open}: set it to a long random word, or leave HOST at localhost.`,
  ]
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
