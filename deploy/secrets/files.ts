// Files of secrets: each appears whole or not at all, and is on disk when its name is.
import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The text of the file; undefined if there is none. */
export async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** What the file holds in the end: `text` if there was none, whoever else writes it at the same time. */
export async function writeOnce(file: string, text: string, mode: number): Promise<string> {
  const written = await writeBeside(file, text, mode)
  try {
    await link(written, file)
    return text
  } catch (error) {
    const found = await textOf(file)
    if (found === undefined) throw error
    return found
  } finally {
    await rm(written)
  }
}

/** Puts the text in the place of what was there. */
export async function replace(file: string, text: string, mode: number): Promise<void> {
  await rename(await writeBeside(file, text, mode), file)
}

async function writeBeside(file: string, text: string, mode: number): Promise<string> {
  await mkdir(dirname(file), { recursive: true })
  const beside = `${file}.${randomUUID()}.new`
  const handle = await open(beside, 'wx', mode)
  try {
    // Whatever the umask of this process takes away.
    await handle.chmod(mode)
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  return beside
}
