// All settings, from the schemas that check them.
import type { TObject, TSchema } from 'typebox'
import {
  GatewayConfigSchema,
  OrchestratorConfigSchema,
  UpConfigSchema,
} from '../../orchestrator/settings/programs.ts'
import { carts } from '../../services/carts/server.ts'
import { ParticipantConfigSchema } from '../../services/participant/config.ts'
import { produits } from '../../services/produits/server.ts'
import { stocks } from '../../services/stocks/server.ts'
import { markdownTable } from './markdown.ts'

interface Program {
  name: string
  schema: TObject
  /** What the process itself puts in where its schema has no default. */
  defaults: Record<string, string>
}

const participants = [carts, stocks, produits].map(({ name, defaultPort }) => ({
  name,
  schema: ParticipantConfigSchema,
  defaults: { PORT: `\`${defaultPort}\`` },
}))

/** `skald up` first: its description of a setting is the one for people. */
const programs: Program[] = [
  { name: '`skald up`', schema: UpConfigSchema, defaults: {} },
  { name: 'orchestrator', schema: OrchestratorConfigSchema, defaults: { ORCHESTRATOR_ID: 'host and pid' } },
  { name: 'gateway', schema: GatewayConfigSchema, defaults: {} },
  ...participants,
]

export function settingsTable(): string {
  const names = new Set(programs.flatMap(({ schema }) => Object.keys(schema.properties)))
  const rows = [...names].map((name) => [`\`${name}\``, defaultOf(name), meaningOf(name)])
  const table = markdownTable(['setting', 'default', 'meaning'], rows)
  return `${table}\n\n\`skald up\` passes its settings on to all that it starts; a participant whose URL is set it does not start.`
}

/** With the programs that have it, where they differ. */
function defaultOf(name: string): string {
  const byDefault = new Map<string, string[]>()
  for (const program of programs) {
    const setting = program.schema.properties[name]
    if (!setting) continue
    const value = program.defaults[name] ?? valueOf(setting, program.schema.required?.includes(name) ?? false)
    byDefault.set(value, [...(byDefault.get(value) ?? []), program.name])
  }
  const [only, ...others] = byDefault.keys()
  if (only && others.length === 0 && programs[0]?.schema.properties[name]) return only
  return [...byDefault].map(([value, readers]) => `${readers.join(', ')}: ${value}`).join(' · ')
}

function valueOf(setting: TSchema, isRequired: boolean): string {
  if ('default' in setting) return `\`${String(setting.default)}\``
  return isRequired ? 'must be set' : 'none'
}

function meaningOf(name: string): string {
  const setting = programs.map(({ schema }) => schema.properties[name]).find((found) => found !== undefined)
  if (setting && 'description' in setting) return String(setting.description)
  throw new Error(`Setting ${name} has no description.`)
}
