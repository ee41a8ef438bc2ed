// A collector of OpenTelemetry: a real server that takes OTLP over HTTP, in protobuf, and keeps the spans.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'
import { listening } from './listening.ts'

export interface CollectedSpan {
  /** Of the process that sent it. */
  readonly service: string
  readonly instance: string
  readonly traceId: string
  readonly spanId: string
  /** Empty for a span without one. */
  readonly parentId: string
  readonly state: string
  readonly name: string
  readonly kind: 'internal' | 'server' | 'client'
  readonly startMs: number
  readonly endMs: number
  readonly attributes: Readonly<Record<string, string | number | boolean>>
  readonly isError: boolean
}

export interface Collector {
  readonly url: string
  readonly spans: readonly CollectedSpan[]
  /** Of every call, whatever it answered. */
  readonly asked: readonly { readonly path: string; readonly headers: NodeJS.Dict<string | string[]> }[]
  /** How many left before they were answered. */
  readonly hungUp: number
  /** Answered to all that comes; nothing at all for `silence`. */
  behaves: number | 'silence'
}

/** Ends with `t`. */
export async function openCollector(t: Pick<Test, 'teardown'>): Promise<Collector> {
  const spans: CollectedSpan[] = []
  const asked: Collector['asked'][number][] = []
  let hungUp = 0
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    asked.push({ path: request.url ?? '', headers: request.headers })
    response.on('close', () => (hungUp += response.writableEnded ? 0 : 1))
    const { behaves } = collector
    if (behaves === 'silence') return
    const body = await buffer(request)
    if (behaves === 200) spans.push(...spansIn(body))
    response.writeHead(behaves, { 'content-type': 'application/x-protobuf' }).end()
  }
  const server = createServer((request, response) => void take(request, response))
  const url = await listening(t, server)
  const collector: Collector = {
    url,
    spans,
    asked,
    behaves: 200,
    get hungUp() {
      return hungUp
    },
  }
  return collector
}

/** A field of a protobuf message: its number, and a number or the bytes of what it holds. */
interface Field {
  readonly number: number
  readonly value: bigint | Buffer
}

const LENGTH_DELIMITED = 2
const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 }

function* fieldsOf(message: Buffer): Generator<Field> {
  let at = 0
  const varint = () => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++] ?? 0
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  while (at < message.length) {
    const tag = Number(varint())
    const [number, wire] = [tag >> 3, tag & 7]
    if (wire === 0) yield { number, value: varint() }
    else {
      const length = wire === LENGTH_DELIMITED ? Number(varint()) : (FIXED_BYTES[wire] ?? 0)
      if (length === 0 && wire !== LENGTH_DELIMITED) throw new Error(`wire type ${wire}`)
      yield { number, value: message.subarray(at, (at += length)) }
    }
  }
}

/** What this message says in its fields of this number. */
const all = (message: Buffer, number: number): Buffer[] =>
  [...fieldsOf(message)].flatMap(({ number: n, value }) =>
    n === number && Buffer.isBuffer(value) ? [value] : [],
  )
const one = (message: Buffer, number: number): Buffer => all(message, number)[0] ?? Buffer.alloc(0)
const text = (message: Buffer, number: number) => one(message, number).toString()
const hex = (message: Buffer, number: number) => one(message, number).toString('hex')
const whole = (message: Buffer, number: number) =>
  Number([...fieldsOf(message)].find((field) => field.number === number)?.value ?? 0)
const nanos = (message: Buffer, number: number) => Number(one(message, number).readBigUInt64LE()) / 1e6

const KINDS = ['internal', 'internal', 'server', 'client'] as const
const ERROR = 2

/** Field numbers are those of opentelemetry/proto/trace/v1/trace.proto. */
function spansIn(request: Buffer): CollectedSpan[] {
  return all(request, 1).flatMap((resourceSpans) => {
    const resource = attributesIn(one(resourceSpans, 1), 1)
    const process = {
      service: String(resource['service.name']),
      instance: String(resource['service.instance.id']),
    }
    const spans = all(resourceSpans, 2).flatMap((scopeSpans) => all(scopeSpans, 2))
    return spans.map((span) => ({
      ...process,
      traceId: hex(span, 1),
      spanId: hex(span, 2),
      state: text(span, 3),
      parentId: hex(span, 4),
      name: text(span, 5),
      kind: KINDS[whole(span, 6)] ?? 'internal',
      startMs: nanos(span, 7),
      endMs: nanos(span, 8),
      attributes: attributesIn(span, 9),
      isError: whole(one(span, 15), 3) === ERROR,
    }))
  })
}

function attributesIn(message: Buffer, number: number): Record<string, string | number | boolean> {
  return Object.fromEntries(all(message, number).map((pair) => [text(pair, 1), valueIn(one(pair, 2))]))
}

/** An AnyValue: a string, a boolean, a whole number, or one with a fraction. */
function valueIn(message: Buffer): string | number | boolean {
  const [field] = fieldsOf(message)
  if (field === undefined) return ''
  if (Buffer.isBuffer(field.value))
    return field.number === 4 ? field.value.readDoubleLE() : field.value.toString()
  return field.number === 2 ? field.value === 1n : Number(field.value)
}
