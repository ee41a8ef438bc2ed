/** People and programs outside: they start sagas and send events, at any orchestrator, until they are told. */
import { NotAcceptingError } from '../../../orchestrator/engine/errors.ts'
import type { Dice } from '../dice.ts'
import type { Life } from '../life.ts'
import type { SagaRecord } from '../memory-store.ts'
import type { Outside } from '../steps.ts'
import { SimProcess } from '../world.ts'
import type { PlannedSaga, PlannedSend } from './draw.ts'
import { verbEvent, type KeyedEvent } from './keyed-event.ts'

/** What a caller was told of the saga that it wants. */
export interface Told {
  readonly saga: PlannedSaga
  /** Ids that it was given: all the same, if the promises hold. */
  readonly sagaIds: Set<string>
  /** `refused` says that nothing was accepted. */
  last: 'nothing' | 'started' | 'refused' | 'an error'
}

const PATIENCE_MS = 4_000
const AGAIN_MS = 150
const TRAVEL_MS = [0.2, 5] as const

type Heard<Answer> = { readonly answer: Answer } | { readonly error: unknown } | 'nothing'

export class Callers {
  readonly told: readonly Told[]
  /** Keys of events that are known to be accepted. */
  readonly accepted = new Set<string>()
  readonly #outside: Outside
  readonly #dice: Dice
  readonly #lives: () => readonly Life[]
  readonly #process: SimProcess
  #waiting = 0
  #nudges = 0

  constructor(outside: Outside, dice: Dice, sagas: readonly PlannedSaga[], lives: () => readonly Life[]) {
    this.#outside = outside
    this.#dice = dice
    this.#lives = lives
    this.#process = new SimProcess(outside.world, 'callers')
    this.told = sagas.map((saga) => ({ saga, sagaIds: new Set(), last: 'nothing' }))
    for (const told of this.told) this.#schedule(told)
  }

  /** Nobody waits to be told any more. */
  get areContent(): boolean {
    return this.#waiting === 0
  }

  /** Somebody comes at last, for the sagas that wait for nobody else. */
  nudge(): void {
    for (const saga of this.#outside.store.sagas.values()) {
      const key = `nudge-${++this.#nudges}`
      // Its machine broke, and by now somebody has looked at it.
      if (saga.problem !== null) this.send(saga.sagaId, verbEvent('retry', key))
      else if (saga.state === 'doing.waiting') this.send(saga.sagaId, { type: 'CONFIRM', key })
    }
  }

  #schedule(told: Told): void {
    const { world } = this.#outside
    const { saga } = told
    const starts = saga.isTwin ? 2 : 1
    this.#waiting += starts + saga.sends.length
    world.after(saga.atMs, () => this.#repeat(starts, () => this.#start(told)), this.#process)
    saga.sends.forEach((send, index) => {
      world.after(send.atMs, () => this.#sendPlanned(told.saga, send, index), this.#process)
    })
  }

  #repeat(times: number, act: () => void): void {
    for (let n = 0; n < times; n++) act()
  }

  #start(told: Told): void {
    const { nr, machine, hasKey } = told.saga
    const idempotency = hasKey ? { key: `start-${nr}`, fingerprint: String(nr) } : null
    // The commande's members, and the booking's.
    const input = { nr, cart_id: `cart-${nr}`, magasin_id: 1 }
    const ask = async (life: Life): Promise<string> => {
      const result = await life.engine.start({ machine, input, idempotency })
      if (result.kind === 'started') return result.sagaId
      if (result.kind === 'unknown') throw new Error('nobody can know yet whether it was accepted')
      const known = await life.connection.sagaOfKey(`start-${nr}`)
      if (known === undefined) this.#outside.complaints.push(`key start-${nr} is taken, by nobody`)
      return known ?? ''
    }
    this.#call(`start ${nr}`, ask, (heard) => {
      if (heard !== 'nothing' && 'answer' in heard) {
        told.sagaIds.add(heard.answer)
        told.last = 'started'
      } else if (told.last !== 'started') {
        const isRefused = heard !== 'nothing' && heard.error instanceof NotAcceptingError
        told.last = isRefused ? 'refused' : heard === 'nothing' ? 'nothing' : 'an error'
      }
      // Without a key, asking again could begin a second one.
      if (told.last === 'started' || !hasKey) this.#waiting -= 1
      else this.#outside.world.after(AGAIN_MS, () => this.#start(told), this.#process)
    })
  }

  #sendPlanned({ nr }: PlannedSaga, { type, isRepeated }: PlannedSend, index: number): void {
    this.#waiting -= 1
    const saga = [...this.#outside.store.sagas.values()].find((saga) => nrOf(saga) === nr)
    // One that has not begun can't be sent to: nobody knows its id.
    if (saga === undefined) return
    this.#repeat(isRepeated ? 2 : 1, () => this.send(saga.sagaId, { type, key: `send-${nr}-${index}` }))
  }

  send(sagaId: string, event: KeyedEvent): void {
    const { key } = event
    this.#waiting += 1
    const ask = async ({ connection, engine }: Life) => {
      const { kind } = await connection.accept(sagaId, key, event)
      void engine.poke()
      return kind
    }
    this.#call(`send ${key}`, ask, (heard) => {
      this.#waiting -= 1
      if (heard !== 'nothing' && 'answer' in heard) {
        if (heard.answer === 'unknown_saga') this.#outside.complaints.push(`${sagaId} is unknown`)
        if (heard.answer !== 'ended') this.accepted.add(`${sagaId} ${key}`)
      } else {
        this.#waiting += 1
        const again = () => {
          this.#waiting -= 1
          this.send(sagaId, event)
        }
        this.#outside.world.after(AGAIN_MS, again, this.#process)
      }
    })
  }

  /** One request to some orchestrator: a gateway knows who is ready, if not in time. */
  #call<Answer>(
    words: string,
    ask: (life: Life) => Promise<Answer>,
    heard: (answer: Heard<Answer>) => void,
  ): void {
    const { world } = this.#outside
    const up = this.#lives().filter(({ isUp }) => isUp)
    const ready = up.filter(({ engine }) => engine.accepting)
    const life = this.#dice.oneOf(ready.length > 0 ? ready : up)
    let isOver = false
    const hear = (answer: Heard<Answer>) => {
      if (isOver) return
      isOver = true
      patience.isCancelled = true
      world.note(() => `a caller hears of ${words}: ${toldInWords(answer)}`)
      heard(answer)
    }
    const patience = world.after(PATIENCE_MS, () => hear('nothing'), this.#process)
    if (life === undefined) return
    const travel = () => this.#dice.skewed(...TRAVEL_MS)
    const handle = async () => {
      world.note(() => `${life.process.name} is asked: ${words}`)
      const answer = await ask(life).then(
        (answer) => ({ answer }),
        (error: unknown) => ({ error }),
      )
      world.after(travel(), () => hear(answer), this.#process)
    }
    world.after(travel(), () => void handle(), life.process)
  }
}

export const nrOf = ({ start }: SagaRecord) => (start.input as { nr: number }).nr

function toldInWords(heard: Heard<unknown>): string {
  if (heard === 'nothing') return 'nothing'
  return 'error' in heard ? String(heard.error) : JSON.stringify(heard.answer)
}
