/** A machine as the inspection protocol of Stately has it: its chart as XState reads it, without its code. Pure. */

/** One machine: its chart, and what its `src` names. */
export interface Machine {
  /** JSON, as `@xstate.actor` has it. */
  readonly text: string
  readonly config: Config
  /** The machines that run within it, by the `src` of their invoke. */
  readonly within: ReadonlyMap<string, Machine>
}

type Config = Readonly<Record<string, unknown>>

/** `definition` is one that machines/lock.ts made, parsed; also of a version of which nobody has the code any more. */
export function machineOf(definition: unknown): Machine {
  const { config, implementations } = objectIn(definition)
  return machineFrom(config, objectIn(implementations)['actors'])
}

/** Of one that nothing is known of but its name. */
export const unknownMachine = (id: string): Machine => machineFrom({ id }, undefined)

function machineFrom(source: unknown, actors: unknown): Machine {
  const config = objectIn(withoutCode(source, ''))
  // A step is a declaration, without a chart.
  const machines = Object.entries(objectIn(actors)).filter(([, actor]) => 'config' in objectIn(actor))
  const within = machines.map(([src, actor]) => {
    const structure = objectIn(actor)
    return [src, machineFrom(structure['config'], structure['actors'])] as const
  })
  return { text: JSON.stringify(config), config, within: new Map(within) }
}

/**
 * Members that a chart has by the name of one of its functions, as in `{type: 'context'}`: what Stately's own package
 * makes of a function. Its source is nobody's business on a chart.
 */
function withoutCode(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((element) => withoutCode(element, name))
  if (typeof value !== 'object' || value === null) return value
  if ('source' in value && typeof value.source === 'string') return { type: name }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutCode(member, key)]))
}

/** Of all states that the value of a snapshot names. */
export function tagsIn(config: Config, value: unknown): string[] {
  const inner = typeof value === 'string' ? { [value]: undefined } : objectIn(value)
  const states = objectIn(config['states'])
  const found = Object.entries(inner).flatMap(([key, rest]) => {
    const state = objectIn(states[key])
    return [...namesIn(state['tags']), ...tagsIn(state, rest)]
  })
  return [...new Set(found)]
}

function namesIn(tags: unknown): string[] {
  const names: unknown[] = Array.isArray(tags) ? tags : [tags]
  return names.filter((name) => typeof name === 'string')
}

/** A parsed object, whatever was parsed. */
export function objectIn(value: unknown): Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Config) : {}
}
