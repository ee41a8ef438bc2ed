// The passwords of the services' roles, as container platforms hand secrets over: a folder with a file for each role.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ROLES } from '../../../migrations/roles.ts'
import { SCHEMAS, type SchemaName } from '../../../migrations/schemas.ts'
import { isPassword } from '../../../migrations/scram.ts'
import { OperatorError } from '../operator-error.ts'

/** Throws an OperatorError with a sentence for each that can't be had. */
export async function readPasswords(folder: string): Promise<Readonly<Record<SchemaName, string>>> {
  const faults: string[] = []
  const read = async (schema: SchemaName) => {
    const file = join(folder, ROLES[schema])
    const password = await textOf(file).catch((error: unknown) => {
      const { code } = Object(error) as { code?: string }
      faults.push(`The password of ${ROLES[schema]} can not be read from ${file} (${code ?? String(error)}).`)
    })
    if (password !== undefined && !isPassword(password))
      faults.push(
        `The password of ${ROLES[schema]} in ${file} is empty, or not of letters, digits and signs of ASCII.`,
      )
    return [schema, password ?? ''] as const
  }
  const passwords = await Promise.all(SCHEMAS.map(read))
  if (faults.length > 0) throw new OperatorError(faults.join('\n'))
  return Object.fromEntries(passwords) as Record<SchemaName, string>
}

/** Without the end of its last line, which editors and `echo` write. */
async function textOf(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).replace(/\r?\n$/, '')
}
