/** An event of a journal in words for people. Pure; what comes from a journal is cut short, and never trusted. */

const STEP_END = /^xstate\.(done|error)\.actor\.(.+)$/
const STATE_END = /^xstate\.done\.state\.(.+)$/
const TIMER = /^xstate\.after\.(.+)$/
const VERB = /^skald\.(.+)$/
const LENGTH_MAX = 300

interface Told {
  readonly event: { readonly type: string; readonly [member: string]: unknown }
  readonly timer?: string | null
}

/** `lock done`, `create failed: no answer`, `retry by marie: the network is back`, `timer soon`, `begun`, `CANCEL`. */
export function wordsOf({ event, timer = null }: Told): string {
  return cut(plainWordsOf(event, timer))
}

function plainWordsOf(event: Told['event'], timer: string | null): string {
  const { type } = event
  const [, how, invoke = ''] = STEP_END.exec(type) ?? []
  if (how === 'done') return `${invoke} done`
  if (how === 'error') return `${invoke} failed${behind(reasonOf(event['error']))}`
  const [, verb] = VERB.exec(type) ?? []
  if (verb !== undefined) return deedWords(verb, event)
  const [, delay] = TIMER.exec(type) ?? []
  if (delay !== undefined) return `timer ${delayOf(delay)}`
  if (timer !== null) return `timer: ${type}`
  const [, state] = STATE_END.exec(type) ?? []
  if (state !== undefined) return `${state} done`
  return type === 'xstate.init' ? 'begun' : type
}

function deedWords(verb: string, event: Told['event']): string {
  const [who, why, step, to] = ['actor', 'reason', 'step', 'to'].map((name) => text(event[name]))
  const what = verb === 'migrate' ? `migrate to ${to ?? ''}` : step ? `${verb} ${step}` : verb
  return `${what}${who ? ` by ${who}` : ''}${behind(why ?? '')}`
}

/** `soon` of `soon.commande.parked.doing`; XState says milliseconds where the chart gave the delay no name. */
function delayOf(named: string): string {
  const [name = ''] = named.split('.')
  return /^\d+$/.test(name) ? `after ${name} ms` : name
}

const behind = (reason: string) => (reason === '' ? '' : `: ${reason}`)

function reasonOf(error: unknown): string {
  if (typeof error === 'string') return error
  const { message, code } = Object(error) as { message?: unknown; code?: unknown }
  return text(message) || text(code)
}

export const text = (value: unknown) => (typeof value === 'string' ? value : '')

export const cut = (words: string) =>
  words.length <= LENGTH_MAX ? words : `${words.slice(0, LENGTH_MAX - 1)}…`
