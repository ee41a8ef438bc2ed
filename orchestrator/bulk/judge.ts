/** What a bulk may ask of a saga where it stands, told before anything is sent; by then its owner decides. Pure. */
import { Compile, type Validator } from 'typebox/compile'
import type { TSchema } from 'typebox'
import type { StepDeclaration } from '../../machines/step.ts'
import type { Verb, VerbEvent } from '../engine/verbs/operator-event.ts'
import { possibleVerbs } from '../engine/verbs/possible.ts'
import type { Versions } from '../engine/versions.ts'
import type { Candidate, Judgement } from '../store/bulk-page.ts'
import type { BulkOrder } from '../store/bulk-store.ts'

const refused = (why: string): Judgement => ({ kind: 'refused', why })

export function judge(versions: Versions, order: BulkOrder, saga: Candidate): Judgement {
  if (saga.status === 'done' || saga.status === 'failed') return refused(`it has ended (${saga.status})`)
  const { verb } = order
  return verb === 'migrate' ? judgeMigration(versions, order, saga) : judgeVerb(versions, verb, order, saga)
}

function judgeMigration(versions: Versions, order: BulkOrder, saga: Candidate): Judgement {
  const { actor, reason, details } = order
  const { to = '' } = details
  const { machine, version: from, snapshot } = saga
  const migration = versions.migrate(snapshot, { machine, version: from }, to)
  if (migration.kind === 'refused') return refused(migration.why)
  return { kind: 'allowed', event: { type: 'skald.migrate', actor, reason, from, to } }
}

function judgeVerb(versions: Versions, verb: Verb, order: BulkOrder, saga: Candidate): Judgement {
  const { actor, reason, details } = order
  const { step, input, output } = details
  const event: VerbEvent = {
    ...{ type: `skald.${verb}`, actor, reason },
    ...(step !== undefined && { step }),
    ...(input !== undefined && { input }),
    ...(output !== undefined && { output }),
  }
  const machine = versions.find(saga)
  const { snapshot, problem } = saga
  const possible = possibleVerbs({ machine, snapshot, problem, hasEnded: false })
  const found = possible.find((one) => one.verb === verb)
  if (found === undefined) {
    // Another orchestrator may have its version: that one says what is possible.
    if (machine === undefined) return { kind: 'allowed', event }
    const rather = possible.length === 0 ? 'nothing is' : possible.map((one) => one.verb).join(', ')
    return refused(`${verb} is not possible where it stands (${saga.state}); possible: ${rather}`)
  }
  const fault = faultIn(verb, details, found.steps)
  return fault === undefined ? { kind: 'allowed', event } : refused(fault)
}

/** What does not fit the steps that the verb can be about. */
function faultIn(
  verb: Verb,
  { step, input, output }: BulkOrder['details'],
  steps: readonly StepDeclaration[],
): string | undefined {
  const isAboutStep = verb === 'skip' || verb === 'complete' || (verb === 'retry' && input !== undefined)
  if (!isAboutStep) return undefined
  const meant = steps.filter((one) => step === undefined || one.step === step)
  const [chosen] = meant
  const names = steps.map((one) => one.step).join(', ') || 'none'
  if (chosen === undefined) {
    if (verb === 'retry' && steps.length === 0) return 'no step there takes a corrected input'
    return `${verb} can not be about step ${step ?? ''} there, but about: ${names}`
  }
  if (meant.length > 1) return `${verb} can be about several steps there; say which: ${names}`
  if (verb === 'retry') return misfit('input', input, chosen.correction)
  return output === undefined ? undefined : misfit('output', output, chosen.reply)
}

const validators = new WeakMap<TSchema, Validator>()

function misfit(name: string, value: unknown, schema: TSchema | undefined): string | undefined {
  if (schema === undefined) return undefined
  const validator = validators.get(schema) ?? Compile(schema)
  validators.set(schema, validator)
  if (validator.Check(value)) return undefined
  const [error] = validator.Errors(value)
  const at = error === undefined ? '' : `${error.instancePath} ${error.message}`.trim()
  return `${name} does not fit its step${at === '' ? '' : `: ${at}`}`
}
