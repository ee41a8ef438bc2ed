/**
 * Reads exported sagas: one as a JSON document, or many as JSON lines, each also under gzip; from a file or a stream.
 * One saga at a time is held, however many there are.
 */
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { Compile } from 'typebox/compile'
import { jsonIn } from '../json-in.ts'
import { misnamed, SagaFileSchema, type SagaFile } from './saga-file.ts'

/** A file that can't be read; the message says which, where and why. */
export class SagaFileError extends Error {
  override readonly name = 'SagaFileError'
}

export interface ReadOptions {
  /** Characters that one saga may have: about 100,000 transitions. A file of rubbish must not fill the memory. */
  readonly lengthMax?: number
  /** An export that nothing fits has no line; a file without one is a mistake. */
  readonly mayBeEmpty?: boolean
}

const LENGTH_MAX = 256 * 1_048_576

const validator = Compile(SagaFileSchema)

/** `source` is the path of a file, or a stream. Throws a SagaFileError behind the last saga that could be read. */
export async function* readSagaFiles(
  source: string | Readable,
  { lengthMax = LENGTH_MAX, mayBeEmpty = false }: ReadOptions = {},
): AsyncGenerator<SagaFile> {
  const name = typeof source === 'string' ? source : 'the stream'
  const bytes = typeof source === 'string' ? createReadStream(source) : source
  let isEmpty = true
  try {
    for await (const file of documentsIn(linesOf(unzipped(bytes), { name, lengthMax }), {
      name,
      lengthMax,
    })) {
      isEmpty = false
      yield file
    }
  } catch (error) {
    throw asSagaFileError(name, error)
  }
  if (isEmpty && !mayBeEmpty) throw new SagaFileError(`${name} is empty`)
}

const GZIP = [0x1f, 0x8b]

/** Known by its first bytes: a stream has no name. */
async function* unzipped(source: Readable): AsyncGenerator<Buffer> {
  const chunks = source.iterator({ destroyOnReturn: true })
  let head = Buffer.alloc(0)
  const next = async () => {
    const { value, done } = (await chunks.next()) as IteratorResult<Buffer | string>
    return done === true ? undefined : Buffer.from(value)
  }
  while (head.length < GZIP.length) {
    const chunk = await next()
    if (chunk === undefined) break
    head = Buffer.concat([head, chunk])
  }
  async function* all() {
    try {
      if (head.length > 0) yield head
      for (let chunk = await next(); chunk !== undefined; chunk = await next()) yield chunk
    } finally {
      // Whoever stops early has no use for the rest.
      await chunks.return?.()
    }
  }
  if (!GZIP.every((byte, index) => head[index] === byte)) return yield* all()
  const packed = Readable.from(all(), { objectMode: false })
  const gunzip = createGunzip()
  packed.on('error', (error) => gunzip.destroy(error))
  yield* packed.pipe(gunzip)
}

interface Line {
  readonly number: number
  readonly text: string
}

async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  { name, lengthMax }: { name: string; lengthMax: number },
): AsyncGenerator<Line> {
  const decoder = new TextDecoder()
  let number = 1
  let [pieces, length]: [string[], number] = [[], 0]
  for await (const chunk of chunks) {
    const parts = decoder.decode(chunk, { stream: true }).split('\n')
    const rest = parts.pop() ?? ''
    for (const part of parts) {
      if (length + part.length > lengthMax) throw tooLong(name, number, lengthMax)
      yield { number, text: pieces.join('') + part }
      number += 1
      ;[pieces, length] = [[], 0]
    }
    pieces.push(rest)
    length += rest.length
    if (length > lengthMax) throw tooLong(name, number, lengthMax)
  }
  yield { number, text: pieces.join('') + decoder.decode() }
}

const tooLong = (name: string, line: number, lengthMax: number) =>
  new SagaFileError(`${name}, line ${line}: one saga is longer than ${lengthMax} characters`)

/** A first line that is no JSON by itself begins one document that goes on to the end. */
async function* documentsIn(
  lines: AsyncGenerator<Line>,
  { name, lengthMax }: { name: string; lengthMax: number },
): AsyncGenerator<SagaFile> {
  let isFirst = true
  for await (const line of lines) {
    if (line.text.trim() === '') continue
    const value = jsonIn(line.text)
    const where = `${name}, line ${line.number}`
    if (value !== undefined) yield checked(value, where)
    else if (isFirst) yield await wholeDocument(line, lines, { name, lengthMax })
    else throw new SagaFileError(`${where}: is not JSON`)
    isFirst = false
  }
}

async function wholeDocument(
  first: Line,
  rest: AsyncGenerator<Line>,
  { name, lengthMax }: { name: string; lengthMax: number },
): Promise<SagaFile> {
  const texts = [first.text]
  let [last, length] = [first.number, first.text.length]
  for await (const { number, text } of rest) {
    texts.push(text)
    if (text !== '') last = number
    length += text.length + 1
    if (length > lengthMax) throw tooLong(name, number, lengthMax)
  }
  try {
    return checked(JSON.parse(texts.join('\n')), `${name}, line ${first.number}`)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const told = /\(line (\d+) column \d+\)/.exec(error.message)?.[1]
    const line = told === undefined ? last : first.number - 1 + Number(told)
    throw new SagaFileError(`${name}, line ${line}: is not JSON (${reasonIn(error)})`)
  }
}

/** Without the position, which is told by the line, and the text itself, which may be anybody's data. */
const reasonIn = ({ message }: SyntaxError) =>
  message.replace(/,? "?\.\.\..*$| at position .*$| in JSON.*$/s, '')

function checked(value: unknown, where: string): SagaFile {
  const why = misnamed(value)
  if (why !== undefined) throw new SagaFileError(`${where}: ${why}`)
  if (validator.Check(value)) return value
  const [fault] = validator.Errors(value)
  const path = fault?.instancePath ?? ''
  throw new SagaFileError(`${where}: ${path === '' ? 'it' : path} ${fault?.message ?? 'is not valid'}`)
}

function asSagaFileError(name: string, error: unknown): unknown {
  const { code, message } = Object(error) as { code?: string; message?: string }
  if (code === 'ENOENT') return new SagaFileError(`There is no file ${name}`)
  if (code === 'EISDIR') return new SagaFileError(`${name} is a folder`)
  if (code === 'EACCES') return new SagaFileError(`${name} may not be read by you`)
  if (code?.startsWith('Z_')) return new SagaFileError(`${name} is broken as gzip: ${message ?? ''}`)
  return error
}
