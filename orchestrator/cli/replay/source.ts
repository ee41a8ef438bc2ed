// Where exported sagas come from: the API, by one GET that is read as it comes; a file; or stdin.
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import got, { RequestError, type Response } from 'got'
import { readSagaFiles, SagaFileError } from '../../saga-file/read-saga-files.ts'
import type { SagaFile } from '../../saga-file/saga-file.ts'
import { jsonIn } from '../../json-in.ts'
import { isUuid } from '../../uuid.ts'
import { noAnswer, problemIn, ProblemError } from '../client/api-errors.ts'
import { authorizationOf, type Globals } from '../globals.ts'
import { OperatorError } from '../operator-error.ts'

/** How long the API may say nothing at all. */
const SILENCE_MS = 15_000

/** A name for whoever reads, and the sagas, one by one. Throws an OperatorError for what can't be read. */
export interface Source {
  readonly name: string
  readonly files: AsyncIterable<SagaFile>
}

/** `what` is the id of a saga, the path of a file, or `-`. */
export function sourceOf(globals: Globals, what: string): Source {
  if (!isUuid(what)) return sourceOfFile(what)
  const sagaId = what.toLowerCase()
  return sourceOfApi(globals, `/api/sagas/${sagaId}/export`, { service_events: 'false' })
}

export function sourceOfFile(path: string): Source {
  const isStdin = path === '-'
  return { name: isStdin ? 'stdin' : path, files: told(readSagaFiles(isStdin ? process.stdin : path)) }
}

export function sourceOfApi(
  globals: Globals,
  path: string,
  query: Readonly<Record<string, string | number>>,
): Source {
  return { name: globals.url, files: told(fetched(globals, path, query)) }
}

async function* fetched(
  globals: Globals,
  path: string,
  query: Readonly<Record<string, string | number>>,
): AsyncGenerator<SagaFile> {
  const body = await openStream(globals, path, query)
  try {
    yield* readSagaFiles(body, { mayBeEmpty: true })
  } catch (error) {
    throw brokenOff(globals, path, error)
  }
}

/** The body of a GET, as it comes. Throws a ProblemError or a NoAnswerError. */
export async function openStream(
  { url, token }: Globals,
  path: string,
  query: Readonly<Record<string, string | number>>,
): Promise<Readable> {
  const stream = got.stream(`${url}${path}`, {
    searchParams: query,
    throwHttpErrors: false,
    headers: {
      'user-agent': 'skald-cli',
      ...authorizationOf(token),
    },
    retry: { limit: 0 },
    timeout: { lookup: SILENCE_MS, connect: SILENCE_MS, response: SILENCE_MS, socket: SILENCE_MS },
  })
  const { promise, resolve, reject } = Promise.withResolvers<Response>()
  stream.once('response', resolve)
  stream.once('error', reject)
  try {
    const { statusCode } = await promise
    if (statusCode === 200) return stream
    const problem = problemIn(jsonIn(await text(stream)), statusCode)
    if (problem !== undefined) throw new ProblemError(problem)
    throw new OperatorError(
      `What answers at ${url} is not the Skald that this command knows (${statusCode} for ${path}): mend --url or SKALD_URL, or update one of the two.`,
    )
  } catch (error) {
    throw brokenOff({ url }, path, error)
  }
}

export function brokenOff({ url }: Pick<Globals, 'url'>, path: string, error: unknown): unknown {
  if (!(error instanceof RequestError)) return error
  return noAnswer({ url, path, code: error.code, message: error.message })
}

async function* told(files: AsyncIterable<SagaFile>): AsyncGenerator<SagaFile> {
  try {
    yield* files
  } catch (error) {
    throw error instanceof SagaFileError ? new OperatorError(`${error.message}.`) : error
  }
}

/** The one that is meant. Throws an OperatorError if that is none, or more than one. */
export async function oneSagaOf({ name, files }: Source, sagaId: string | undefined): Promise<SagaFile> {
  const wanted = sagaId?.toLowerCase()
  let found: SagaFile | undefined
  for await (const file of files) {
    if (wanted !== undefined) {
      if (file.saga.saga_id === wanted) return file
    } else if (found !== undefined) {
      throw new OperatorError(`${name} has several sagas: say which one by --saga <saga_id>.`)
    } else {
      found = file
    }
  }
  if (found !== undefined) return found
  throw new OperatorError(wanted === undefined ? `${name} has no saga.` : `${name} has no saga ${wanted}.`)
}
