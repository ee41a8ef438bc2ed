// One call on its way through the gateway: asked of one process after the other as long as that is safe, which is when
// nothing was accepted yet, or when asking again does nothing twice. The gateway may end at any line: the caller is
// then where it would be without a gateway, with a broken connection.
import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { answerProblem } from './gateway-answers.ts'
import type { Reply, Request } from './gateway-answers.ts'
import type { OpenStreams } from './open-streams.ts'
import type { Target, TargetGroup } from './target-group.ts'

const RETRY_MS = 200
/** No connection came about, so nothing was sent. */
const UNREACHED = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
])
/** The target died, or dropped the connection, with the call in its hands. */
const CUT = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])
/** Codes of an orchestrator that is starting or going away. */
const ABSENT = new Set(['indisponible', 'pas_pret'])

type FromOptions = NonNullable<Parameters<Reply['from']>[1]>

export interface Call {
  readonly request: Request
  readonly reply: Reply
  readonly path: string
  readonly options: FromOptions
  readonly group: TargetGroup
  /** Whether the targets are orchestrators, who say by their 503 that nothing was accepted, and why. */
  readonly explains503: boolean
  /** How long it may wait for a target that is away. */
  readonly patienceMs: number
  /** Where an answer without an end is noted. */
  readonly streams: OpenStreams
}

export function forward(call: Call): Reply {
  return new Forwarding(call).begin()
}

class Forwarding {
  readonly #call: Call
  /** Since the last pause. */
  readonly #tried = new Set<Target>()
  #givesUpAt: number | undefined

  constructor(call: Call) {
    this.#call = call
  }

  begin(): Reply {
    const target = this.#call.group.next(this.#tried)
    if (target === undefined) throw new Error(`there is no ${this.#call.group.name}`)
    return this.#ask(target)
  }

  #ask(target: Target): Reply {
    const { reply, path, options } = this.#call
    const asked = reply.from(path, {
      ...options,
      getUpstream: () => target.url,
      // Called at the end of every try, even of one whose caller has gone, which has no other end.
      retryDelay: () => {
        target.underWay -= 1
        return null
      },
      onResponse: (_request, _reply, { statusCode, stream }) => {
        if (statusCode === 503 && this.#call.explains503) void this.#turnedAway(target, stream)
        else this.#passOn(stream)
      },
      onError: (_reply, { error }) => void this.#failed(target, codeOf(error.cause)),
    })
    target.underWay += 1
    return asked
  }

  /** An event stream that breaks off breaks off the client's too: it asks again, and says what it saw last. */
  #passOn(stream: Readable): void {
    const { reply, streams } = this.#call
    if (String(reply.getHeader('content-type')).startsWith('text/event-stream')) streams.add(stream)
    void reply.send(stream)
  }

  async #turnedAway(target: Target, stream: Readable): Promise<void> {
    const { group, reply } = this.#call
    const body = await buffer(stream).catch(() => undefined)
    if (body === undefined) return this.#failed(target, 'ECONNRESET')
    const code = problemCodeOf(body)
    const passOn = () => void reply.send(body)
    // Closing, it is Fastify that answers, without a code.
    if (code === undefined || ABSENT.has(code)) {
      group.markNotReady(target)
      return this.#askAnother(target, { mayWait: true, giveUp: passOn })
    }
    if (code === 'occupe') return this.#askAnother(target, { mayWait: false, giveUp: passOn })
    // Not known to have accepted nothing; or its trouble, the database, is that of the others too.
    passOn()
  }

  async #failed(target: Target, code: string): Promise<void> {
    const { group, reply, request } = this.#call
    group.markNotReady(target)
    if (UNREACHED.has(code)) {
      const detail = `${group.name} cannot be reached at the moment; try again.`
      const giveUp = () => void answerProblem(reply, 503, 'indisponible', detail)
      return this.#askAnother(target, { mayWait: true, giveUp })
    }
    const advice = 'what was asked may have been done; ask again, with the same Idempotency-Key'
    const detail = `The answer of ${group.name} was lost: ${advice}.`
    const giveUp = () => void answerProblem(reply, 502, 'reponse_perdue', detail)
    if (!CUT.has(code) || !mayBeRepeated(request.method, request.headers)) return giveUp()
    return this.#askAnother(target, { mayWait: true, giveUp })
  }

  /** At once, if there is another; all over again after a pause, if they may be expected back. */
  async #askAnother(
    target: Target,
    { mayWait, giveUp }: { mayWait: boolean; giveUp: () => void },
  ): Promise<void> {
    const { group, reply, patienceMs } = this.#call
    this.#tried.add(target)
    this.#givesUpAt ??= performance.now() + patienceMs
    let another = group.next(this.#tried)
    if (another === undefined && mayWait && performance.now() + RETRY_MS <= this.#givesUpAt) {
      await sleep(RETRY_MS)
      this.#tried.clear()
      another = group.next(this.#tried)
    }
    if (another === undefined) return giveUp()
    // The caller has gone: what nobody accepted yet is not asked of anyone in its name.
    if (reply.raw.destroyed) return
    for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name)
    this.#ask(another)
  }
}

/** Idempotent by its method (RFC 9110), or because its caller gave it a key: asked again, it is done once. */
function mayBeRepeated(method: string, headers: IncomingHttpHeaders): boolean {
  return method !== 'POST' || headers['idempotency-key'] !== undefined
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function problemCodeOf(body: Buffer): string | undefined {
  try {
    const { code }: { code?: unknown } = Object(JSON.parse(body.toString()))
    return typeof code === 'string' ? code : undefined
  } catch {
    return undefined
  }
}
