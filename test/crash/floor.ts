// The three participants of the crash ring, on real sockets, with the troubles that a tale asks for, and a watch: no
// call may arrive that the journal does not announce.
import type { IncomingHttpHeaders } from 'node:http'
import pg from 'pg'
import type { Test } from 'tap'
import type { ParticipantDefinition } from '../../services/participant/process.ts'
import { carts } from '../../services/carts/server.ts'
import { produits } from '../../services/produits/server.ts'
import { stocks } from '../../services/stocks/server.ts'
import { freshDatabase } from '../kit/database.ts'
import { until } from '../kit/until.ts'
import { startParticipant, type RunningParticipant } from '../kit/running-participant.ts'
import { Succession } from './succession.ts'

/** As in `lock` or `undo lock`. */
type Call = string

/** Calls on a slow way, which come through when another one has been answered. */
interface Late {
  readonly call: Call
  readonly behind: Call
  readonly arrive: PromiseWithResolvers<void>
}

const CALL = /^([0-9a-f-]{36}):(\w+)(:undo)?$/

export class Floor {
  readonly databaseUrl: string
  readonly pool: pg.Pool
  readonly orchestrators: Succession
  /** Calls that came though no commit announced them; none, while Skald keeps its promise. */
  readonly unannounced: string[] = []
  readonly #running = new Map<string, RunningParticipant>()
  readonly #down = new Set<RunningParticipant>()
  readonly #whenCalled = new Map<Call, () => Promise<void>>()
  /** How many answers to this call are still to be broken. */
  readonly #unanswered = new Map<Call, number>()
  #late: Late | undefined
  #inFlight = 0

  private constructor(databaseUrl: string, pool: pg.Pool, orchestrators: Succession) {
    this.databaseUrl = databaseUrl
    this.pool = pool
    this.orchestrators = orchestrators
  }

  /** On a database of its own; ends with `t`. */
  static async open(t: Pick<Test, 'teardown'>): Promise<Floor> {
    const { url } = await freshDatabase(t)
    const pool = new pg.Pool({ connectionString: url, max: 4 })
    // The database is dropped with whatever is still connected.
    pool.on('error', () => undefined)
    t.teardown(() => pool.end())
    const floor = new Floor(url, pool, new Succession(t))
    await floor.#start(t, carts)
    await floor.#start(t, stocks)
    await floor.#start(t, produits)
    return floor
  }

  /** The settings of an orchestrator that works with this floor. */
  settings(ofTale: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'info',
      DATABASE_URL: this.databaseUrl,
      // As under a supervisor: the next life does not wait for the lease of the one that died.
      ORCHESTRATOR_ID: 'crash ring',
      LEASE_MS: '30000',
      TAKE_OVER_NAME: 'true',
      CARTS_URL: this.url('carts'),
      STOCKS_URL: this.url('stocks'),
      PRODUITS_URL: this.url('produits'),
      // Generous, for two busy cores: where a tale does not live by a timeout, none must come.
      STEP_TIMEOUT_MS: '20000',
      STEP_DEADLINE_MS: '30000',
      STEP_RETRIES: '1',
      WAIT_SECONDS: '60',
      ...ofTale,
    }
  }

  url(name: string): string {
    return this.#participant(name).url
  }

  /** Nothing listens there any more. */
  async stop(name: 'stocks' | 'produits'): Promise<void> {
    const participant = this.#participant(name)
    if (this.#down.has(participant)) return
    this.#down.add(participant)
    await participant.stop()
  }

  /** Runs `act` when the next such call comes in, before it is heard. */
  whenCalled(call: Call, act: () => Promise<void>): void {
    this.#whenCalled.set(call, act)
  }

  /** From now on the work of this call is done, and the connection broken before the answer; so many times. */
  breakAnswersTo(call: Call, times = Infinity): void {
    this.#unanswered.set(call, times)
  }

  /** From now on this call is heard only when the other one has been answered. */
  delay(call: Call, behind: Call): void {
    this.#late = { call, behind, arrive: Promise.withResolvers() }
  }

  /** Resolves when no call is being worked on any more, late ones included. */
  async quiet(): Promise<void> {
    await until('all calls are over', async () => this.#inFlight === 0)
  }

  /** Whoever went away listens again. */
  async bringBack(): Promise<void> {
    for (const participant of this.#down) {
      await participant.start()
      this.#down.delete(participant)
    }
  }

  /** The troubles of one tale are over. */
  async tidy(): Promise<void> {
    this.#whenCalled.clear()
    this.#unanswered.clear()
    this.#late?.arrive.resolve()
    this.#late = undefined
    this.unannounced.length = 0
    await this.bringBack()
  }

  async #start<Database>(
    t: Pick<Test, 'teardown'>,
    definition: ParticipantDefinition<Database>,
  ): Promise<void> {
    const watched: ParticipantDefinition<Database> = {
      ...definition,
      build: async (options) => {
        const app = await definition.build(options)
        app.addHook('onRequest', async () => void (this.#inFlight += 1))
        app.addHook('preHandler', async ({ headers }) => this.#heard(read(headers)))
        app.addHook('onSend', async ({ headers, raw }) => {
          const { call } = read(headers)
          this.#inFlight -= 1
          if (call === this.#late?.behind) this.#late.arrive.resolve()
          const left = this.#unanswered.get(call) ?? 0
          if (left === 0) return
          this.#unanswered.set(call, left - 1)
          raw.socket.destroy()
        })
        return app
      },
    }
    this.#running.set(definition.name, await startParticipant(t, watched, this.databaseUrl))
  }

  async #heard({ sagaId, call }: Heard): Promise<void> {
    if (sagaId === '') return
    if (!(await this.#isAnnounced(sagaId, call))) this.unannounced.push(`${call} of saga ${sagaId}`)
    const act = this.#whenCalled.get(call)
    this.#whenCalled.delete(call)
    await act?.()
    if (call === this.#late?.call) await this.#late.arrive.promise
  }

  /** Whether the last committed snapshot has this very call under way. */
  async #isAnnounced(sagaId: string, call: Call): Promise<boolean> {
    const { rows } = await this.pool.query<{ status: string | null }>(
      `select snapshot -> 'children' -> $2 -> 'snapshot' ->> 'status' as status
       from orchestrator.transition where saga_id = $1 order by seq desc limit 1`,
      [sagaId, call.replace(' ', '-')],
    )
    return rows[0]?.status === 'active'
  }

  #participant(name: string): RunningParticipant {
    const participant = this.#running.get(name)
    if (participant === undefined) throw new Error(`no participant is called ${name}`)
    return participant
  }
}

interface Heard {
  readonly sagaId: string
  readonly call: Call
}

/** Both empty for a call that no saga made. */
function read(headers: IncomingHttpHeaders): Heard {
  const [, sagaId = '', step = '', undo] = CALL.exec(String(headers['idempotency-key'])) ?? []
  return { sagaId, call: undo === undefined ? step : `undo ${step}` }
}
