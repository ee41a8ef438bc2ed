/** What became of a verb that was sent, in words for who sent it. Pure. */
import type { ApiError, FieldFault } from '../api.ts'
import type { Saga } from '../types.ts'
import type { AnyVerb } from './verb-list.ts'

export interface Trouble {
  readonly text: string
  /** By the field that they are about. */
  readonly fields: readonly FieldFault[]
  /** Sent again it is the same verb, and done once: nothing has to be changed first. */
  readonly canRepeat: boolean
}

const ONCE = 'Send it again: it is the same verb, and is done once.'

export function troubleOf({ status, code, message, errors, problem }: ApiError): Trouble {
  const trouble = (text: string, canRepeat = false): Trouble => ({ text, fields: errors, canRepeat })
  if (status === 0)
    return trouble(`The server can not be reached. Whether it was told is not known. ${ONCE}`, true)
  if (code === 'cle_reutilisee')
    return trouble(
      'What was sent first from here did come through, and it said something else. Close this, and see what it did.',
    )
  if (status === 409) return trouble(`${message}${possibleIn(problem, message)}`)
  if (status === 429) return trouble(`${message} Wait a moment, and send it again.`, true)
  if (status >= 500) return trouble(`${message} ${ONCE}`, true)
  return trouble(message)
}

/** The detail of some refusals says it already. */
function possibleIn({ possible }: ApiError['problem'], message: string): string {
  if (!Array.isArray(possible) || message.includes('possible:')) return ''
  const verbs = possible.map((one) => String((Object(one) as { verb?: unknown }).verb))
  return verbs.length === 0 ? '' : ` Possible now: ${verbs.join(', ')}.`
}

/** `answer` as the server gave it: the saga, or that it was only accepted. */
export function toldOf(verb: AnyVerb, answer: Partial<Pick<Saga, 'state' | 'status' | 'version'>>): string {
  const { state, status, version } = answer
  if (state === undefined)
    return `${verb}: accepted. It is carried out as soon as who drives the saga takes it.`
  const where = state.toLowerCase() === status ? status : `${status}, at ${state}`
  return verb === 'migrate'
    ? `Migrated: it runs on version ${version ?? '?'} now (${where}).`
    : `${verb}: done. It is ${where} now.`
}

/** Fields of the form that errors of the server are about; the rest is told above it. */
export function faultsAt(fields: readonly FieldFault[], name: string): string {
  return fields
    .filter(({ field }) => field === name || field.startsWith(`${name}/`))
    .map(({ field, message }) => `${field === name ? '' : `${field.slice(name.length)} `}${message}`)
    .join('; ')
}
