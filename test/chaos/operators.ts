// People who operate the sagas, all the while: each verb is asked for under one key until somebody answers.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { releaseStock, unlockCart } from '../../machines/commande/v2/steps.ts'
import { deleteVente } from '../../machines/commande/v1/steps.ts'
import type { Verb } from '../../orchestrator/engine/verbs/operator-event.ts'
import { MAGASIN } from '../kit/shop.ts'
import type { Dice } from '../simulation/dice.ts'
import { CALLER } from './secrets.ts'
import type { System } from './system.ts'

const OPERATORS = 3
const PAUSE_MS = 150
const ANSWER_MS = 8_000
const AGAIN_MS = 150
/** A person gives up; what was accepted is done all the same. */
const TRIES_MAX = 20

/** What was asked for, by a name of its own: it is found in the journal by that. */
export interface Ask {
  readonly actor: string
  readonly reason: string
  readonly sagaId: string
  readonly verb: Verb | 'migrate'
  /** Undefined if no answer was final. */
  final: number | undefined
}

interface SagaView {
  readonly saga_id: string
  readonly version: string
  readonly reservation_id: string | null
  readonly input: { readonly cart_id: string }
  readonly verbs?: readonly { readonly verb: Verb; readonly steps: readonly string[] }[]
}

/** How willing people are to use what is possible. */
const WILLING: Readonly<Record<Verb, number>> = {
  retry: 1,
  skip: 1,
  complete: 1,
  compensate: 0.3,
  cancel: 0.3,
  abandon: 0.1,
}

export class Operators {
  readonly asks: Ask[] = []
  readonly #system: System
  readonly #dice: Dice
  readonly #tell: (answer: string) => void

  /** `tell` hears of each answer, or of what came instead. */
  constructor(system: System, dice: Dice, tell: (answer: string) => void) {
    this.#system = system
    this.#dice = dice
    this.#tell = tell
  }

  async run(signal: AbortSignal): Promise<void> {
    const operators = Array.from({ length: OPERATORS }, () => this.#operator(this.#dice.fork(), signal))
    await Promise.all(operators)
  }

  async #operator(dice: Dice, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const saga = await this.#look(dice)
      if (saga !== undefined) await this.#act(saga, dice)
      await sleep(PAUSE_MS * dice.between(0.5, 1.5))
    }
  }

  async #look(dice: Dice): Promise<SagaView | undefined> {
    const status = dice.pick(['running', 'compensating', 'parked', 'parked'])
    const page = await this.#get<{ sagas?: SagaView[] }>(`/api/sagas?status=${status}&limit=20`)
    const saga = dice.oneOf(page?.sagas ?? [])
    return saga && (await this.#get<SagaView>(`/api/sagas/${saga.saga_id}`))
  }

  async #act(saga: SagaView, dice: Dice): Promise<void> {
    if (dice.chance(0.15)) return await this.#ask(saga, 'migrate', { to: saga.version === '1' ? '2' : '1' })
    for (const { verb, steps } of saga.verbs ?? []) {
      if (!dice.chance(WILLING[verb])) continue
      const details = await this.#prepare(saga, verb, steps[0])
      if (details !== undefined) return await this.#ask(saga, verb, details)
    }
  }

  /** What the verb brings, once done by hand or looked up; undefined if that can't be. */
  async #prepare(saga: SagaView, verb: Verb, step: string | undefined): Promise<object | undefined> {
    if (verb !== 'skip' && verb !== 'complete') return {}
    if (step === undefined) return undefined
    if (verb === 'skip') return (await this.#undo(saga, step)) ? { step } : undefined
    const output = await this.#lookUp(saga, step)
    return output && { step, output }
  }

  /** As the saga itself would, under the key of its compensation. */
  async #undo({ saga_id, reservation_id, input }: SagaView, step: string): Promise<boolean> {
    const requests = {
      lock: unlockCart.declaration.request({ cart_id: input.cart_id } as never),
      reserve: releaseStock.declaration.request({ reservation_id: reservation_id ?? saga_id } as never),
      create: deleteVente.declaration.request({ saga_id } as never),
    }
    const { method, path } = requests[step as keyof typeof requests]
    const headers = { 'idempotency-key': `${saga_id}:${step}:undo`, 'x-correlation-id': saga_id }
    const options = { method, headers, timeout: { request: ANSWER_MS } }
    const answer = await this.#system.http(`${this.#system.url}${path}`, options).catch(() => undefined)
    this.#tell(`undone by hand ${answer?.statusCode ?? 'broken off'}`)
    return answer !== undefined && answer.statusCode < 300
  }

  /** What the step would have answered, if its effect is there. */
  async #lookUp({ saga_id, reservation_id, input }: SagaView, step: string): Promise<object | undefined> {
    if (step === 'create') {
      const ventes = await this.#get<{ vente_id: number }[]>(
        `/api/produits/ventes/?magasin_id=${MAGASIN}&cart_id=${input.cart_id}`,
      )
      return ventes?.[0] && { vente_id: ventes[0].vente_id }
    }
    if (step !== 'reserve') return undefined
    const id = reservation_id ?? saga_id
    const reservation = await this.#get<{ status: string }>(`/api/stock/reservations/${id}/`)
    return reservation?.status === 'RESERVED' ? { reservation_id: id } : undefined
  }

  async #ask({ saga_id: sagaId }: SagaView, verb: Ask['verb'], details: object): Promise<void> {
    const name = `operator-${this.asks.length}`
    const ask: Ask = { actor: name, reason: `because of ${name}`, sagaId, verb, final: undefined }
    this.asks.push(ask)
    const { actor, reason } = ask
    const headers = { 'idempotency-key': randomUUID(), prefer: 'wait=3' }
    const options = { headers, json: { actor, reason, ...details }, timeout: { request: ANSWER_MS } }
    for (let tries = 0; tries < TRIES_MAX && ask.final === undefined; tries++) {
      if (tries > 0) await sleep(AGAIN_MS)
      const answer = await this.#system.http
        .post(`${this.#system.url}/api/sagas/${sagaId}/${verb}`, options)
        .catch(() => undefined)
      this.#tell(`${verb} ${answer?.statusCode ?? 'broken off'}`)
      if (answer !== undefined && isFinal(answer.statusCode)) ask.final = answer.statusCode
    }
  }

  async #get<Body>(path: string): Promise<Body | undefined> {
    const answer = await this.#system.http
      .get<Body>(`${this.#system.url}${path}`, { timeout: { request: ANSWER_MS } })
      .catch(() => undefined)
    return answer?.statusCode === 200 ? answer.body : undefined
  }
}

/** Neither the 202 of one that was accepted and not yet done, nor a refusal for being too busy. */
const isFinal = (status: number) => status === 200 || (status >= 400 && status < 500 && status !== 429)

interface Heard extends Record<string, unknown> {
  readonly actor: string
  readonly saga_id: string
  readonly type: string
  readonly reason: string
}

/** Each verb that was answered is in the journal once, under the name of who asked for it; a refused one is not. */
export async function operatorComplaints(system: System, asks: readonly Ask[]): Promise<string[]> {
  const rows = await system.query<Heard>(
    `select saga_id, event ->> 'actor' as actor, event ->> 'type' as type, event ->> 'reason' as reason
     from orchestrator.transition where event ->> 'type' like 'skald.%'`,
  )
  const answers = await system.query<{ actor: string; outcome: string | null }>(
    `select event ->> 'actor' as actor, outcome from orchestrator.inbox where event ->> 'type' like 'skald.%'`,
  )
  const journal = Map.groupBy(rows, ({ actor }) => actor)
  const inbox = Map.groupBy(answers, ({ actor }) => actor)
  return asks.flatMap((ask) => {
    // All of them call with one token, whose name is noted beside theirs.
    const actor = `${ask.actor} (by ${CALLER})`
    return wrongWith(ask, journal.get(actor) ?? [], inbox.get(actor)?.map(({ outcome }) => outcome) ?? [])
  })
}

function wrongWith(
  { actor, reason, sagaId, verb, final }: Ask,
  rows: readonly Heard[],
  outcomes: readonly (string | null)[],
): string[] {
  const said = `${verb} of ${actor} for saga ${sagaId}, answered ${final ?? 'by nobody'}`
  const [row] = rows
  const isTrue =
    row === undefined || (row.saga_id === sagaId && row.type === `skald.${verb}` && row.reason === reason)
  return [
    ...(rows.length > 1 ? [`${said}, is in the journal ${rows.length} times`] : []),
    ...(outcomes.length > 1 ? [`${said}, was accepted ${outcomes.length} times`] : []),
    ...(isTrue ? [] : [`${said}, is told otherwise: ${JSON.stringify(row)}`]),
    ...(final === 200 && row === undefined ? [`${said}, is not in the journal`] : []),
    ...(final !== undefined && final !== 200 && row !== undefined ? [`${said}, is in the journal`] : []),
    ...((outcomes[0] === 'applied') === (row !== undefined)
      ? []
      : [`${said}, is ${outcomes[0] ?? 'unknown'} in the inbox, and in the journal ${rows.length} times`]),
  ]
}
