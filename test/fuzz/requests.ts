// Requests at random, for one route: most of them such as it takes, or nearly.
import fc, { type Arbitrary } from 'fast-check'
import type { Route } from '../../services/participant/access.ts'
import { BODIES, QUERIES } from './examples.ts'
import { operationOf, type Document } from './document.ts'
import type { Request } from './request.ts'
import { fitting, hostile, hostileText, namedOr, nearly, type Known, type Schema } from './values.ts'

interface Knowledge {
  readonly document: Document
  readonly token: string | undefined
  readonly known: Known
}

export function requestsTo(
  { method, url }: Route,
  { document, token, known }: Knowledge,
): Arbitrary<Request> {
  const operation = operationOf(document, method, url)
  const example = BODIES[`${method} ${url}`]
  const taken = example === undefined ? undefined : fc.constant(example)
  const body = operation?.body === undefined ? taken : fitting(operation.body, known)
  return fc
    .record({
      path: pathTo(url, known),
      query: queryOf(operation?.query ?? QUERIES[url] ?? {}, known),
      headers: headersWith(token),
      body: bodyOf(method, body),
    })
    .map(({ path, query, headers, body }) => ({
      method,
      path: `${path}${query}`,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      body,
    }))
}

/** Lone surrogates have no percent-encoding. */
const encoded = (text: string) => encodeURIComponent(text.toWellFormed())

/** Node sends no path with blanks or control characters; what is no percent-encoding it does send. */
const rawParts = ['%', '%ZZ', '%E0%A4%A', '%00', '%2e%2e%2f', '...', "'", ';', '*', '~', '%22']

function pathTo(url: string, known: Known): Arbitrary<string> {
  const parts = url.split('/').map((part): Arbitrary<string> => {
    if (!part.startsWith(':') && part !== '*') return fc.constant(part)
    return fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...(known[part.slice(1)] ?? ['x'])) },
      { weight: 1, arbitrary: fc.uuid() },
      { weight: 1, arbitrary: fc.constantFrom('0', '2', '-1', '1e3', '4294967296', '9007199254740993') },
      // An empty one is the address of another route.
      { weight: 1, arbitrary: hostileText.map((text) => encoded(text) || 'x') },
      { weight: 1, arbitrary: fc.constantFrom(...rawParts) },
    )
  })
  const end = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('', '/') },
    { weight: 1, arbitrary: fc.constantFrom('//', '/x') },
  )
  return fc.tuple(end, ...parts).map(([end, ...all]) => `${all.join('/')}${end}`)
}

function queryOf(parameters: Readonly<Record<string, Schema>>, known: Known): Arbitrary<string> {
  const each = Object.entries(parameters).map(([name, schema]) => {
    const value: Arbitrary<string> = fc.oneof(
      { weight: 5, arbitrary: namedOr(name, schema, known).map(String) },
      { weight: 2, arbitrary: hostileText },
    )
    return [name, value] as const
  })
  const asked = fc.record(Object.fromEntries(each), { requiredKeys: [] })
  const more = fc.oneof(
    { weight: 6, arbitrary: fc.constant('') },
    {
      weight: 1,
      arbitrary: fc.constantFrom('&more=1', '&limit=1&limit=2', '&%', '&a[b]=c', '&=', '&__proto__=1'),
    },
  )
  return fc.tuple(asked, more).map(([asked, more]) => {
    const pairs = Object.entries(asked).map(([name, value = '']) => `${encoded(name)}=${encoded(value)}`)
    return pairs.length === 0 && more === '' ? '' : `?${pairs.join('&')}${more}`
  })
}

/** Node refuses to send others itself. */
const headerText = fc.oneof(
  hostileText.map((text) => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '')),
  fc.string({
    unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)),
    maxLength: 40,
  }),
)

const HEADERS: Readonly<Record<string, readonly string[]>> = {
  'idempotency-key': ['k1', 'k2', 'k3'],
  prefer: ['respond-async', 'wait=0', 'wait=1', 'wait=99999999', 'wait=-1', 'wait=1, respond-async'],
  accept: ['application/json', '*/*', 'text/event-stream', 'application/openmetrics-text'],
  'content-type': [
    'application/json',
    'application/json; charset=utf-16',
    'text/plain',
    'application/x-www-form-urlencoded',
  ],
  'x-correlation-id': ['0197c0de-0000-7000-8000-000000000001', 'x'],
  traceparent: ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', '00-0-0-0', 'ff'],
  tracestate: ['a=b', 'a'.repeat(600)],
  'if-none-match': ['*', '"x"', 'W/"x"'],
  'last-event-id': ['1', '0', '-1', '99999999999999999999'],
  origin: ['http://127.0.0.1', 'http://evil.example', 'null'],
  cookie: ['skald_session=x', '=', 'a'],
  'x-forwarded-proto': ['https', 'gopher'],
  'x-forwarded-for': ['127.0.0.1', 'not an address'],
  range: ['bytes=0-1', 'bytes=9-1', 'x'],
}

function headersWith(token: string | undefined): Arbitrary<Record<string, string>> {
  const values = Object.entries(HEADERS).map(([name, usual]) => {
    const value = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...usual) },
      { weight: 1, arbitrary: headerText },
    )
    return fc.tuple(fc.constant(name), value)
  })
  const some = fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 3, arbitrary: fc.array(fc.oneof(...values), { maxLength: 3 }) },
  )
  if (token === undefined) return some.map((pairs) => Object.fromEntries(pairs))
  const who = fc.oneof(
    { weight: 9, arbitrary: fc.constant(`Bearer ${token}`) },
    { weight: 1, arbitrary: headerText },
  )
  return fc
    .tuple(some, who)
    .map(([pairs, authorization]) => ({ ...Object.fromEntries(pairs), authorization }))
}

const broken = [
  '',
  '{',
  'null',
  '[]',
  '"',
  '{"a":1,}',
  '\u0000',
  '{"a":1}{"b":2}',
  '{"__proto__":1}',
  `"${'a'.repeat(2 ** 20)}"`,
  // Half of a character; and what no recursion gets through.
  String.raw`"\ud800"`,
  `${'['.repeat(200_000)}${']'.repeat(200_000)}`,
]

function bodyOf(method: string, value: Arbitrary<unknown> | undefined): Arbitrary<string | undefined> {
  const none = fc.constant(undefined)
  if (method === 'GET') return none
  const json = (value === undefined ? hostile : nearly(value)).map((value) => JSON.stringify(value))
  return fc.oneof(
    { weight: value === undefined ? 2 : 12, arbitrary: json },
    { weight: value === undefined ? 6 : 1, arbitrary: none },
    { weight: 1, arbitrary: fc.constantFrom(...broken) },
  )
}
