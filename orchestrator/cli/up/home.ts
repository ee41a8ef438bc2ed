// Skald's home: the folder with the data, logs and pid files of one `skald up`. A folder is taken for a home only if
// it is empty or bears skald.json, so that nothing of anybody else's is ever written over or deleted.
import { existsSync } from 'node:fs'
import { access, constants, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { messageOf, OperatorError } from '../operator-error.ts'

/** Rises when what lies in a home changes so that older code would misread it. */
const FORMAT = 1

export interface Home {
  path: string
  logFile: (process: string) => string
  pidFile: (process: string) => string
}

/** Makes the home if there is none. Throws an OperatorError if the folder cannot be one. */
export async function openHome(given: string): Promise<Home> {
  const path = resolve(given)
  try {
    await mkdir(path, { recursive: true })
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
    await claim(path)
    for (const folder of ['logs', 'pids']) await mkdir(join(path, folder), { recursive: true })
  } catch (error) {
    if (error instanceof OperatorError) throw error
    throw new OperatorError(
      `SKALD_HOME (${path}) cannot be used (${messageOf(error)}): make it writable, or set SKALD_HOME to another folder.`,
    )
  }
  return {
    path,
    logFile: (process) => join(path, 'logs', `${process}.log`),
    pidFile: (process) => join(path, 'pids', `${process}.pid`),
  }
}

/** Begins new log files; those of the run before are kept as `.1`, older ones are not. */
export async function rotateLogs(home: Home, processes: string[]): Promise<void> {
  for (const name of processes) {
    const file = home.logFile(name)
    if (existsSync(file)) await rename(file, `${file}.1`)
  }
}

async function claim(path: string): Promise<void> {
  const mark = join(path, 'skald.json')
  if (!existsSync(mark)) {
    if ((await readdir(path)).length > 0)
      throw new OperatorError(
        `SKALD_HOME (${path}) holds other things and was not made by Skald: set it to an empty or a new folder.`,
      )
    await writeFile(`${mark}.new`, JSON.stringify({ format: FORMAT }))
    await rename(`${mark}.new`, mark)
    return
  }
  const format = formatIn(await readFile(mark, 'utf8'))
  if (format !== FORMAT)
    throw new OperatorError(
      `SKALD_HOME (${path}) was made by another version of Skald (format ${format}, this one knows ${FORMAT}): go back to that version, or set SKALD_HOME to a new folder.`,
    )
}

function formatIn(text: string): number {
  try {
    const mark: unknown = JSON.parse(text)
    return typeof mark === 'object' && mark && 'format' in mark ? Number(mark.format) : Number.NaN
  } catch {
    return Number.NaN
  }
}
