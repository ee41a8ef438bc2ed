// What can go wrong with a call of the API, each in one clear sentence with what to do, and with its exit code.
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { OperatorError } from '../operator-error.ts'
import { plain } from '../terminal/plain.ts'

/** The members of a problem document that the command line reads. */
export interface ProblemDocument {
  readonly status: number
  readonly code: string
  readonly detail: string
  /** Of a refused verb: what the saga allows where it stands. */
  readonly possible?: readonly { readonly verb: string; readonly steps: readonly string[] }[]
}

/** The API answered with a problem document. */
export class ProblemError extends OperatorError {
  readonly problem: ProblemDocument
  readonly exitCode: ExitCode

  constructor(problem: ProblemDocument) {
    super(sentencesOf(problem))
    this.problem = problem
    this.exitCode = isRefusal(problem) ? EXIT.wrong : EXIT.trouble
  }
}

/** About what was asked for; all else says that nobody could tell. */
function isRefusal({ status, code }: ProblemDocument): boolean {
  return (status === 404 && code !== NO_ROUTE) || status === 409 || status === 422
}

const NO_ROUTE = 'route_inconnue'

function sentencesOf({ status, code, detail, possible }: ProblemDocument): string {
  const told = plain(detail) || `The API answered ${status} ${plain(code)}.`
  if (possible !== undefined && possible.length > 0) return `${told}\n${possibleOf(possible)}`
  if (code === NO_ROUTE) return `${told} It is another version of Skald than this command.`
  if (status === 401 || status === 403) return `${told} Set the token by --token or SKALD_TOKEN.`
  return told
}

function possibleOf(possible: NonNullable<ProblemDocument['possible']>): string {
  const told = possible.map(({ verb, steps }) =>
    steps.length === 0 ? plain(verb) : `${plain(verb)} (${steps.map(plain).join(', ')})`,
  )
  return `Possible there: ${told.join(', ')}.`
}

/** The problem document that a body is; undefined for anything else. */
export function problemIn(body: unknown, status: number): ProblemDocument | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const { code, detail, possible } = body as Partial<Record<keyof ProblemDocument, unknown>>
  if (typeof code !== 'string') return undefined
  const isList = Array.isArray(possible) && possible.every(isPossible)
  return {
    status,
    code,
    detail: typeof detail === 'string' ? detail : '',
    ...(isList && { possible }),
  }
}

function isPossible(one: unknown): one is { verb: string; steps: string[] } {
  if (typeof one !== 'object' || one === null) return false
  const { verb, steps } = one as { verb?: unknown; steps?: unknown }
  return typeof verb === 'string' && Array.isArray(steps) && steps.every((step) => typeof step === 'string')
}

/** Nothing that could be Skald's answer came from there. `code` is that of the connection, if it broke. */
export class NoAnswerError extends OperatorError {
  readonly exitCode = EXIT.trouble
  readonly code: string | undefined

  constructor(message: string, code?: string) {
    super(message)
    this.code = code
  }
}

/** The sentence for a call that got no answer at all. */
export function noAnswer(
  { url, path, code, message }: { url: string; path: string; code: string | undefined; message: string },
  hint = '',
): NoAnswerError {
  const { host, hostname } = new URL(url)
  switch (code ?? '') {
    case 'ECONNREFUSED':
      return new NoAnswerError(
        `No Skald runs at ${url}: start it by "skald up" (or "npm start"), or say where it is by --url or SKALD_URL.`,
        code,
      )
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new NoAnswerError(`Nobody knows the host ${hostname}: mend --url or SKALD_URL.`, code)
    case 'ETIMEDOUT':
      return new NoAnswerError(`${host} did not answer in time (${path}): try again.${hint}`, code)
    default:
      return new NoAnswerError(
        `The connection to ${host} broke (${code ?? plain(message)}): try again.${hint}`,
        code,
      )
  }
}
