/** What somebody wrote into the form of a verb: what is wrong with it, and what of it is sent. Pure. */
import type { AnyVerb, OfferedVerb } from './verb-list.ts'

export interface Values {
  readonly actor: string
  readonly reason: string
  /** '' for none. */
  readonly step: string
  /** The output of a step, or its corrected input; '' for none. */
  readonly json: string
  /** The version that it is moved to. */
  readonly to: string
  /** Of what can not be undone. */
  readonly isSure: boolean
}

/** By the name of the field, in words. */
export type Faults = Readonly<Partial<Record<keyof Values, string>>>

/** What the verb calls its data; null for one that takes none. */
export function dataOf({ verb, steps }: OfferedVerb): 'input' | 'output' | null {
  if (verb === 'complete' || verb === 'skip') return 'output'
  return verb === 'retry' && steps.length > 0 ? 'input' : null
}

/** Whether the form asks for the step. */
export const asksStep = (offered: OfferedVerb): boolean =>
  dataOf(offered) !== null && offered.steps.length > 1

export function faultsIn(offered: OfferedVerb, values: Values): Faults {
  const { verb } = offered
  const { actor, reason, step, json, to, isSure } = values
  const needsStep = asksStep(offered) && (verb !== 'retry' || json.trim() !== '')
  const data = dataOf(offered) === null ? undefined : jsonFault(json, verb)
  return {
    ...(actor.trim() === '' && { actor: 'Say who you are: it stays in the journal.' }),
    ...(reason.trim() === '' && { reason: 'Say why: somebody will want to know.' }),
    ...(needsStep && step === '' && { step: 'Choose the step that is meant.' }),
    ...(data !== undefined && { json: data }),
    ...(verb === 'migrate' && to === '' && { to: 'Choose the version.' }),
    ...(verb === 'abandon' && !isSure && { isSure: 'Say that you know it.' }),
  }
}

/** In words; undefined of what can be sent. */
export function jsonFault(json: string, verb: AnyVerb): string | undefined {
  if (json.trim() === '') return verb === 'complete' ? 'Say what the step answered, as JSON.' : undefined
  try {
    JSON.parse(json)
    return undefined
  } catch (error) {
    return `That is not JSON: ${error instanceof Error ? error.message : String(error)}.`
  }
}

/** All but who and why; of values without a fault. */
export function partsOf(offered: OfferedVerb, { step, json, to }: Values): object {
  const name = dataOf(offered)
  const hasData = name !== null && json.trim() !== ''
  const isAbout = hasData || offered.verb === 'skip' || offered.verb === 'complete'
  return {
    ...(isAbout && step !== '' && { step }),
    ...(hasData && { [name]: JSON.parse(json) as unknown }),
    ...(offered.verb === 'migrate' && { to }),
  }
}
