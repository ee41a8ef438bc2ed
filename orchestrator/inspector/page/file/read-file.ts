/**
 * Reads exported sagas in the browser: one as a JSON document, or many as JSON lines, each also under gzip. It is read
 * as a stream and a saga at a time, and of many no more is kept in memory than what a list of them shows.
 */
import { faultIn, type SagaFile } from './saga-file.ts'

/** Why a file can not be looked at: a sentence for people. */
export class FileError extends Error {
  override readonly name = 'FileError'
}

const MIB = 1_048_576
const BYTES_MAX = 256 * MIB

export interface FoundSaga {
  /** Of the file. */
  readonly line: number
  readonly saga: SagaFile['saga']
  readonly load: () => Promise<SagaFile>
}

export interface FoundSagas {
  /** At least one. */
  readonly sagas: readonly FoundSaga[]
  /** Why there are no more: the sentence of the first line that can not be read. */
  readonly fault: string | null
}

export interface ReadOptions {
  /** How much of the file is read, from 0 to 1. */
  readonly onProgress?: (share: number) => void
  readonly signal?: AbortSignal
  readonly bytesMax?: number
}

/** Throws a FileError, or with what `signal` was aborted. */
export async function readSagas(file: Blob, options: ReadOptions = {}): Promise<FoundSagas> {
  const { bytesMax = BYTES_MAX } = options
  if (file.size === 0) throw new FileError('The file is empty.')
  if (file.size > bytesMax) {
    const most = `${Math.floor(bytesMax / MIB)} MB`
    throw new FileError(
      `The file has ${Math.ceil(file.size / MIB)} MB; what is opened here has ${most} at most.`,
    )
  }
  const sagas: FoundSaga[] = []
  try {
    for await (const found of sagasIn(linesOf(await textOf(file, options), bytesMax))) sagas.push(found)
  } catch (error) {
    const fault = faultOf(error, options.signal)
    if (sagas.length === 0) throw fault
    return { sagas, fault: fault.message }
  }
  if (sagas.length === 0) throw new FileError('The file is empty.')
  return { sagas, fault: null }
}

/** What aborted the reading is thrown as it is. */
function faultOf(error: unknown, signal: AbortSignal | undefined): FileError {
  if (signal?.aborted === true) throw error
  if (error instanceof FileError) return error
  // Of streams: gunzip says it by a TypeError, a file that was changed or moved meanwhile by a DOMException.
  if (error instanceof TypeError) return new FileError('The file is broken as gzip.')
  return new FileError(`The file can not be read: ${error instanceof Error ? error.message : String(error)}.`)
}

const GZIP = [0x1f, 0x8b]

/** Known by its first bytes, whatever it is called. */
async function textOf(file: Blob, { onProgress, signal }: ReadOptions): Promise<ReadableStream<string>> {
  const head = new Uint8Array(await file.slice(0, GZIP.length).arrayBuffer())
  const isPacked = GZIP.every((byte, index) => head[index] === byte)
  let read = 0
  const counted = file.stream().pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        signal?.throwIfAborted()
        read += chunk.byteLength
        onProgress?.(read / file.size)
        controller.enqueue(chunk)
      },
    }),
  )
  const bytes = isPacked ? counted.pipeThrough(new DecompressionStream('gzip')) : counted
  return bytes.pipeThrough(new TextDecoderStream())
}

interface Line {
  readonly number: number
  readonly text: string
}

async function* linesOf(chunks: ReadableStream<string>, charactersMax: number): AsyncGenerator<Line> {
  let [number, total] = [1, 0]
  let pieces: string[] = []
  for await (const chunk of readIn(chunks)) {
    total += chunk.length
    // A small archive may be packed of a large one, or of an endless one.
    if (total > charactersMax) throw new FileError(tooLong(charactersMax))
    const parts = chunk.split('\n')
    const rest = parts.pop() ?? ''
    for (const part of parts) {
      yield { number, text: pieces.join('') + part }
      number += 1
      pieces = []
    }
    pieces.push(rest)
  }
  yield { number, text: pieces.join('') }
}

/** Not every browser lets a stream be iterated over. */
async function* readIn<Chunk>(stream: ReadableStream<Chunk>): AsyncGenerator<Chunk> {
  const reader = stream.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    // Whoever has seen enough has no use for the rest.
    await reader.cancel().catch(() => {})
  }
}

const tooLong = (charactersMax: number) =>
  `The file has more than ${Math.floor(charactersMax / MIB)} MB when it is unpacked: nobody could look at that here.`

/** A first line that is no JSON by itself begins one document that goes on to the end. */
async function* sagasIn(lines: AsyncGenerator<Line>): AsyncGenerator<FoundSaga> {
  let isFirst = true
  for await (const line of lines) {
    if (line.text.trim() === '') continue
    const value = jsonIn(line.text)
    if (value !== undefined) yield found(value, line)
    else if (isFirst) yield await wholeDocument(line, lines)
    else throw new FileError(`Line ${line.number} of the file is not JSON.`)
    isFirst = false
  }
}

async function wholeDocument(first: Line, rest: AsyncGenerator<Line>): Promise<FoundSaga> {
  const texts = [first.text]
  for await (const { text } of rest) texts.push(text)
  const text = texts.join('\n')
  const value = jsonIn(text)
  if (value === undefined) throw new FileError('The file is not JSON, or it breaks off.')
  return found(value, { number: first.number, text })
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function found(value: unknown, { number, text }: Line): FoundSaga {
  const fault = faultIn(value)
  if (fault !== undefined) throw new FileError(`Line ${number} of the file ${fault}.`)
  // A browser may keep a blob outside its memory, and a list needs no more than the head.
  const kept = new Blob([text])
  const { saga } = value as SagaFile
  return { line: number, saga, load: async () => JSON.parse(await kept.text()) as SagaFile }
}
