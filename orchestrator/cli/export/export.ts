// `skald export`: sagas as files, passed on as they come. A file is there whole, or not at all.
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { Client } from '../client/client.ts'
import { findSaga } from '../client/find-saga.ts'
import { fieldsOf, type FilterOptions } from '../filters.ts'
import type { Globals } from '../globals.ts'
import { OperatorError } from '../operator-error.ts'
import { brokenOff, openStream } from '../replay/source.ts'
import { live } from '../terminal/live.ts'
import { jsonOf } from '../terminal/plain.ts'
import { note, print } from '../terminal/screen.ts'

export interface ExportOptions extends FilterOptions {
  readonly out?: string
  readonly all?: boolean
  readonly limit?: number
}

interface Written {
  readonly sagas: number
  readonly bytes: number
}

/** Throws an OperatorError if it can't be had, or not be written. */
export async function exportSagas(
  globals: Globals,
  saga: string | undefined,
  options: ExportOptions,
): Promise<void> {
  const { path, query } = await whatIsMeant(globals, saga, options)
  const { out } = options
  const body = await openStream(globals, path, query)
  try {
    if (out === undefined) return await pipeline(body, process.stdout, { end: false })
    const written = await writeFile(body, out)
    if (globals.json) print(jsonOf({ file: out, ...written }))
    else note(`${out}: ${told(written)}`)
  } catch (error) {
    throw asOperatorError(error, { globals, path, out })
  }
}

async function whatIsMeant(globals: Globals, saga: string | undefined, options: ExportOptions) {
  const fields = fieldsOf(options)
  if (saga !== undefined) {
    if (Object.keys(fields).length > 0 || options.all === true)
      throw new OperatorError('Either one saga or a filter: leave one of them out.')
    const { saga_id } = await findSaga(new Client(globals), saga)
    return { path: `/api/sagas/${saga_id}/export`, query: {} }
  }
  if (Object.keys(fields).length === 0 && options.all !== true && options.limit === undefined)
    throw new OperatorError('Say which sagas: an id, a filter such as --status parked, or --all.')
  const { limit } = options
  return { path: '/api/export', query: { ...fields, ...(limit !== undefined && { limit }) } }
}

async function writeFile(body: Readable, out: string): Promise<Written> {
  const part = `${out}.part`
  const counter = new Counter()
  const screen = live()
  const drawn = setInterval(() => screen.draw([told(counter.written)]), 100)
  try {
    const packed = out.endsWith('.gz') ? [createGzip()] : []
    await pipeline([body, counter.stream, ...packed, createWriteStream(part)])
    await rename(part, out)
    return counter.written
  } catch (error) {
    await rm(part, { force: true })
    throw error
  } finally {
    clearInterval(drawn)
    screen.end()
  }
}

const NEWLINE = 10

/** A line is a saga; a last one may have no end. */
class Counter {
  #lines = 0
  #bytes = 0
  #last: number | undefined

  readonly stream = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      this.#bytes += chunk.length
      for (const byte of chunk) if (byte === NEWLINE) this.#lines += 1
      this.#last = chunk.at(-1) ?? this.#last
      done(null, chunk)
    },
  })

  get written(): Written {
    const isOpen = this.#last !== undefined && this.#last !== NEWLINE
    return { sagas: this.#lines + (isOpen ? 1 : 0), bytes: this.#bytes }
  }
}

const told = ({ sagas, bytes }: Written) =>
  `${sagas.toLocaleString('en')} ${sagas === 1 ? 'saga' : 'sagas'}, ${(bytes / 1_000_000).toFixed(1)} MB unpacked`

function asOperatorError(
  error: unknown,
  { globals, path, out }: { globals: Globals; path: string; out: string | undefined },
): unknown {
  const { code, syscall } = Object(error) as NodeJS.ErrnoException
  // Whoever read our output has seen enough.
  if (code === 'EPIPE' && out === undefined) return undefined
  if (
    out !== undefined &&
    syscall !== undefined &&
    code !== undefined &&
    /^(open|write|rename)$/.test(syscall)
  )
    return new OperatorError(`${out} can not be written (${code}).`)
  if (code === 'ERR_STREAM_PREMATURE_CLOSE')
    return new OperatorError(`${globals.url} broke off the answer (${path}): nothing was written. Try again.`)
  return brokenOff(globals, path, error)
}
