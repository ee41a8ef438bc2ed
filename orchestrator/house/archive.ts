/**
 * Journals in files, before they are removed from the database: gzip of JSON lines, each line a saga in the form of a
 * SagaFile. A folder for each day, named after when the first saga of a file ended.
 *
 * If the process dies at any line here, a file is in place whole and on disk, or there is a part of one under another
 * name, which is deleted a while later.
 */
import { mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { v7 as newFileId } from 'uuid'
import type { Kept, KeptSagas } from '../store/house-store.ts'

const PART = '.part'
/** What has not grown for so long is of a process that died: nothing takes as long to be written. */
const ABANDONED_MS = 3_600_000

/** Files can't be written, and nothing is removed until they can. The message says where and why. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError'
}

export class Archive {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = resolve(folder)
  }

  /** Resolves when they are on disk under their name. */
  async keep({ status, count, endedAt, lines }: KeptSagas): Promise<Kept> {
    const day = join(this.#folder, endedAt.toISOString().slice(0, 10))
    const name = `${status}-${newFileId()}.jsonl.gz`
    const part = join(this.#folder, `${name}${PART}`)
    const file = join(day, name)
    const source = new Source(lines)
    try {
      await makeFolder(day)
      await write(part, source)
      if (source.count !== count) throw new Error(`read ${source.count} sagas instead of ${count}`)
      await rename(part, file)
      await syncFolder(day)
    } catch (error) {
      await unlink(part).catch(() => undefined)
      throw error === source.error ? error : this.#asArchiveError(error)
    }
    return { file, discard: () => unlink(file) }
  }

  /** Deletes what processes that died have left behind. */
  async tidy(): Promise<void> {
    try {
      await makeFolder(this.#folder)
      const names = await readdir(this.#folder)
      for (const name of names.filter((name) => name.endsWith(PART))) {
        const part = join(this.#folder, name)
        if (Date.now() - (await stat(part)).mtimeMs > ABANDONED_MS) await unlink(part)
      }
    } catch (error) {
      // Another house deleted it.
      if (codeOf(error) !== 'ENOENT') throw this.#asArchiveError(error)
    }
  }

  #asArchiveError(error: unknown): ArchiveError {
    const why = error instanceof Error ? error.message : String(error)
    return new ArchiveError(`The archive ${this.#folder} can't be written (${why})`, { cause: error })
  }
}

/** Of what is written: how many lines came, and what went wrong with it, which is no fault of the disk. */
class Source {
  readonly #pieces: AsyncIterable<string>
  count = 0
  error: unknown

  constructor(pieces: AsyncIterable<string>) {
    this.#pieces = pieces
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    try {
      for await (const piece of this.#pieces) {
        this.count += piece.split('\n').length - 1
        yield piece
      }
    } catch (error) {
      this.error = error
      throw error
    }
  }
}

/** On disk, and not only on its way there, when it resolves. */
async function write(path: string, lines: AsyncIterable<string>): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await pipeline(lines, createGzip(), async (packed) => file.writeFile(packed))
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A folder that is new is safe when the one above it is. */
async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true })
  if (first === undefined) return
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made))
}

/** A name is safe when its folder is. Windows has no such thing. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function codeOf(error: unknown): unknown {
  return (Object(error) as { code?: unknown }).code
}
