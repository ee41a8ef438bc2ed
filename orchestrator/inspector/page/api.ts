/** Calls to the server that the page came from. Answers are trusted to have the form that its schemas promise. */
import { signal } from '@preact/signals'

export interface FieldFault {
  readonly field: string
  readonly message: string
}

/** What the server refused, in its own words; `status` 0 if it could not be reached. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly errors: readonly FieldFault[]
  /** The whole problem document. */
  readonly problem: Readonly<Record<string, unknown>>

  constructor(status: number, problem: Readonly<Record<string, unknown>>) {
    super(textIn(problem['detail']) ?? `The server answered ${status}.`)
    this.status = status
    this.code = textIn(problem['code']) ?? ''
    this.errors = (problem['errors'] ?? []) as readonly FieldFault[]
    this.problem = problem
  }
}

const textIn = (value: unknown) => (typeof value === 'string' ? value : undefined)

const UNREACHABLE = { detail: 'The server can not be reached.', code: 'unreachable' }

/** The server does not know who asks, or no more. */
export const isRefused = signal(false)

export type Query = Readonly<Record<string, string | number | undefined>>

/** Rejects with an ApiError, or with what aborted `signal`. */
export async function get<Answer>(path: string, query: Query = {}, signal?: AbortSignal): Promise<Answer> {
  return answerOf<Answer>(await call(withQuery(path, query), { signal: signal ?? null }))
}

export async function post<Answer>(
  path: string,
  body: unknown,
  { key, query = {} }: { readonly key?: string; readonly query?: Query } = {},
): Promise<Answer> {
  const headers = { 'content-type': 'application/json', ...(key !== undefined && { 'idempotency-key': key }) }
  return answerOf<Answer>(
    await call(withQuery(path, query), { method: 'POST', headers, body: JSON.stringify(body) }),
  )
}

export function withQuery(path: string, query: Query): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') params.set(name, String(value))
  return params.size === 0 ? path : `${path}?${params}`
}

async function call(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    if (init.signal?.aborted === true) throw error
    throw new ApiError(0, UNREACHABLE)
  }
}

async function answerOf<Answer>(response: Response): Promise<Answer> {
  const body: unknown = await response.json().catch(() => ({}))
  if (response.ok) return body as Answer
  if (response.status === 401) isRefused.value = true
  throw new ApiError(response.status, Object(body) as Readonly<Record<string, unknown>>)
}
