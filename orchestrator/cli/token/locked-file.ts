// A small file that several may change at once, and that others read meanwhile: they find it as it was before a change
// or behind it, whole. Of two who change it one waits for the other.
import { randomUUID } from 'node:crypto'
import { chmod, chown, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { OperatorError } from '../operator-error.ts'

/** It lets in whoever it says, so nobody else may write it, nor guess from it who there is. */
const MODE = 0o600
const TRY_EVERY_MS = 50
const WAIT_MS = 5_000
/** A change takes milliseconds: whoever holds the lock for longer has died over it. */
const STALE_MS = 3_000

/** Throws an OperatorError for what can't be read. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new OperatorError(`${file} can not be read (${codeOf(error)}): say another by --file.`)
  }
}

/** `to` gets the text, undefined if there is no file yet. Throws an OperatorError, and what `to` throws. */
export async function changeFile(given: string, to: (text: string | undefined) => string): Promise<void> {
  // What a link names is replaced, not the link.
  const file = await realpath(given).catch(() => given)
  const lock = `${file}.lock`
  const own = await takeLock(lock)
  try {
    await replace(file, to(await readIfThere(file)))
  } catch (error) {
    throw error instanceof OperatorError || codeOf(error) === undefined ? error : notWritten(file, error)
  } finally {
    if ((await inodeOf(lock)) === own) await rm(lock, { force: true })
  }
}

/** Resolves with what tells it from the lock of another. */
async function takeLock(lock: string): Promise<number | undefined> {
  const givesUpAt = performance.now() + WAIT_MS
  while (performance.now() < givesUpAt) {
    try {
      const handle = await open(lock, 'wx', MODE)
      const { ino } = await handle.stat()
      await handle.close()
      return ino
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw notWritten(lock, error)
    }
    await clearIfStale(lock)
    await sleep(TRY_EVERY_MS)
  }
  throw new OperatorError(`Somebody else changes the tokens: try again, or remove ${lock} if nobody does.`)
}

/** Two who find the same one stale must not clear away the next one: what was moved aside has to be what was found. */
async function clearIfStale(lock: string): Promise<void> {
  const found = await stat(lock).catch(() => undefined)
  if (found === undefined || Date.now() - found.mtimeMs < STALE_MS) return
  const aside = `${lock}.${randomUUID()}`
  try {
    await rename(lock, aside)
    if ((await inodeOf(aside)) === found.ino) await rm(aside, { force: true })
    else await rename(aside, lock)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw notWritten(lock, error)
  }
}

/** With the owner and the mode of the one before: an orchestrator of another account must still be able to read it. */
async function replace(file: string, text: string): Promise<void> {
  const before = await stat(file).catch(() => undefined)
  const next = `${file}.${randomUUID()}`
  const handle = await open(next, 'wx', MODE)
  try {
    await handle.writeFile(text)
    await handle.sync()
    await handle.close()
    if (before !== undefined) {
      await chmod(next, before.mode & 0o777)
      if (before.uid !== process.getuid?.()) await chown(next, before.uid, before.gid)
    }
    await rename(next, file)
  } catch (error) {
    await rm(next, { force: true })
    throw error
  }
  const folder = await open(dirname(file))
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

const inodeOf = async (file: string) => (await stat(file).catch(() => undefined))?.ino

function notWritten(file: string, error: unknown): OperatorError {
  return new OperatorError(
    `${file} can not be written (${codeOf(error)}): make its folder, or say another by --file.`,
  )
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
