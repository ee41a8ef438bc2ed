// The options that hold for every command that asks the API: declared once, read once.
import { InvalidArgumentError, Option, type Command } from 'commander'
import { OperatorError } from './operator-error.ts'

export interface Globals {
  /** Without a slash at its end. */
  readonly url: string
  readonly token: string | undefined
  readonly json: boolean
}

export const DEFAULT_URL = 'http://localhost:8000'

export function addGlobals(program: Command): void {
  program
    .addOption(
      new Option('--url <url>', 'where Skald is')
        .env('SKALD_URL')
        .default(DEFAULT_URL)
        .argParser((text) => urlOf(text)),
    )
    .addOption(new Option('--token <token>', 'sent as Bearer token').env('SKALD_TOKEN'))
    .option('--json', 'print JSON, for other programs')
}

/** For a command that has no use for the others. */
export function hearsOnly(command: Command, names: readonly (keyof Globals)[]): void {
  command.configureHelp({
    ...command.configureHelp(),
    visibleGlobalOptions: ({ parent }) =>
      (parent?.options ?? []).filter((option) => names.some((name) => name === option.attributeName())),
  })
}

/** Wherever on the line they stand. */
export function globalsOf(command: Command): Globals {
  const { url, token, json } = command.optsWithGlobals<{ url: string; token?: string; json?: boolean }>()
  // Set to nothing is not set: that is how scripts pass on what they do not have. A terminal adds the end of a line.
  return { url, token: token?.trim() || undefined, json: json ?? false }
}

/** The header that carries the token, where there is one. Throws an OperatorError, which does not show it. */
export function authorizationOf(token: string | undefined): { readonly authorization?: string } {
  if (token === undefined) return {}
  if (/^[\x21-\x7e]+$/.test(token)) return { authorization: `Bearer ${token}` }
  throw new OperatorError(
    'The token is none, for it has blanks or signs beyond ASCII: set it by --token or SKALD_TOKEN, whole and alone.',
  )
}

function urlOf(text: string): string {
  if (text === '') return DEFAULT_URL
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError(`It must be an http:// or https:// URL, such as ${DEFAULT_URL}.`)
  return url.href.replace(/\/+$/, '')
}
