// JSON as it comes on a command line: as text, from a file, from stdin, or member by member.
import { readFile } from 'node:fs/promises'
import { text as textOf } from 'node:stream/consumers'
import { messageOf, OperatorError } from '../operator-error.ts'

/** `{…}`, `@file`, or `@-` for stdin. `option` is what a mistake is told of. */
export async function jsonFrom(text: string, option: string): Promise<unknown> {
  const json = text.startsWith('@') ? await contentOf(text.slice(1), option) : text
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new OperatorError(
      `${option} is no JSON (${messageOf(error)}): quote it for the shell, as in '{"a": 1}'.`,
    )
  }
}

async function contentOf(path: string, option: string): Promise<string> {
  if (path === '-') return textOf(process.stdin)
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new OperatorError(`The file of ${option} cannot be read (${messageOf(error)}).`)
  }
}

/** `key=value`: what reads as JSON is that (a number, true, null, "101"); anything else is text. */
export function membersFrom(pairs: readonly string[]): Record<string, unknown> {
  const members = pairs.map((pair): [string, unknown] => {
    const at = pair.indexOf('=')
    if (at < 1) throw new OperatorError(`${pair} is none of the forms key=value: such as magasin_id=101.`)
    return [pair.slice(0, at), valueOf(pair.slice(at + 1))]
  })
  return Object.fromEntries(members)
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Ids as they were given; `-` stands for those on stdin, divided by blanks or lines. */
export async function idsFrom(given: readonly string[]): Promise<string[]> {
  const lists = given.map(async (one) => (one === '-' ? (await textOf(process.stdin)).split(/\s+/) : [one]))
  return [...new Set((await Promise.all(lists)).flat().filter((id) => id !== ''))]
}
