/**
 * Several orchestrators on one database, through a storm of faults that one seed decides, and what of Skald's
 * promises was broken. The same seed tells the same story, to the last step.
 */
import type { Engine } from '../../../orchestrator/engine/engine.ts'
import { isOperatorEvent } from '../../../orchestrator/engine/verbs/operator-event.ts'
import { Dice } from '../dice.ts'
import { Ledger, type LedgerFlaws } from '../ledger.ts'
import { Life } from '../life.ts'
import { MemoryLeases, type LeaseFlaws } from '../memory-leases.ts'
import { MemoryStore, type StoreFlaws } from '../memory-store.ts'
import { giveBack } from '../prepared-pool.ts'
import type { Outside } from '../steps.ts'
import { World } from '../world.ts'
import { Callers, nrOf } from './callers.ts'
import { draw, kinds, NEW, OLD, type Blow, type Plan } from './draw.ts'
import { Operators } from './operators.ts'
import { brokenPromises, unsettled, watchNow } from './promises.ts'
import { Weather } from './weather.ts'

export interface ClusterFlaws {
  readonly store?: StoreFlaws
  readonly leases?: LeaseFlaws
  readonly ledger?: LedgerFlaws
  /** Spoils each engine before it opens. */
  readonly engine?: (engine: Engine) => void
  /** Spoils the code itself for as long as the run lasts; gives back what mends it. */
  readonly code?: () => () => void
}

export interface ClusterOutcome {
  /** Broken promises, in words. */
  readonly complaints: readonly string[]
  /** Which blows truly fell, and what else happened: a simulation in which nothing happens proves nothing. */
  readonly struck: ReadonlyMap<string, number>
}

/** All must be well again so long after the storm: tries of parked sagas and far timers included. */
const CALM_MAX_MS = 90_000
const LOOK_MS = 50
const NUDGE_MS = 1_500

export async function runCluster(
  seed: number,
  flaws: ClusterFlaws = {},
  tell?: (line: string) => void,
): Promise<ClusterOutcome> {
  const mend = flaws.code?.()
  try {
    return await new Cluster(seed, flaws, tell).run()
  } finally {
    mend?.()
  }
}

/** Who is begun again when it dies. */
interface Node {
  name: string
  life: Life
  isStarting: boolean
}

export class Cluster {
  readonly outside: Outside
  readonly plan: Plan
  readonly callers: Callers
  readonly operators: Operators
  readonly weather: Weather
  readonly lives: Life[] = []
  readonly #flaws: ClusterFlaws
  readonly #dice: Dice
  readonly #nodes: Node[] = []
  readonly #born: Life[] = []
  /** Those that run the old code. */
  readonly #old = new WeakSet<Life>()
  readonly #struck = new Map<string, number>()
  #names = 0

  constructor(seed: number, flaws: ClusterFlaws, tell?: (line: string) => void) {
    this.#dice = new Dice(seed)
    this.#flaws = flaws
    this.plan = draw(this.#dice.fork())
    const world = new World(tell)
    this.weather = new Weather(world, this.#dice.fork(), this.plan)
    const leases = new MemoryLeases(() => world.now, this.plan.partitions, flaws.leases)
    const store = new MemoryStore(leases, flaws.store)
    this.outside = {
      world,
      courier: this.weather,
      leases,
      store,
      ledger: new Ledger(flaws.ledger),
      machines: new Map([...kinds].map(([name, { machine }]) => [name, machine])),
      participantsOf: (sagaId) => this.#participantsOf(sagaId),
      attempts: new Map(),
      met: new Set(),
      complaints: [],
    }
    this.callers = new Callers(this.outside, this.#dice.fork(), this.plan.sagas, () => this.lives)
    this.operators = new Operators(this.outside, this.callers, this.plan.sagas)
    for (let n = 0; n < this.plan.orchestrators; n++) this.#addNode()
    for (const { atMs, who, blow } of this.plan.blows) world.after(atMs, () => this.#strike(who, blow))
    world.after(this.plan.stormMs, () => this.#calm())
    this.#lookAfter()
  }

  async run(): Promise<ClusterOutcome> {
    const { world } = this.outside
    const { stormMs } = this.plan
    while (world.age < stormMs + CALM_MAX_MS) {
      await world.turn()
      if (this.weather.isFair && world.now >= this.weather.latestArrival && this.#isSettled()) break
      if (this.outside.complaints.length > 0) break
    }
    for (const saga of this.outside.store.sagas.values()) this.#count(`ended ${saga.status}`)
    for (const met of this.outside.met) this.#count(met)
    for (const { event, outcome } of this.outside.store.inbox) {
      if (isOperatorEvent(event)) this.#count(`${event.type} ${outcome ?? 'pending'}`)
    }
    for (const life of this.#born) giveBack(life)
    return { complaints: brokenPromises(this), struck: this.#struck }
  }

  /** Looked at from time to time only: it costs more than a turn. */
  #looked = false
  #isSettled(): boolean {
    if (!this.#looked) return false
    this.#looked = false
    return unsettled(this).length === 0
  }

  /** As supervisors do; and the promises that must hold at each moment are looked at. */
  #lookAfter(): void {
    const { world } = this.outside
    watchNow(this)
    for (const life of this.lives) if (life.hasFailed) life.process.kill()
    for (const node of this.#nodes) if (!node.life.isUp && !node.isStarting) this.#restart(node)
    this.lives.splice(0, Infinity, ...this.lives.filter(({ isUp }) => isUp))
    this.#looked = true
    world.after(LOOK_MS, () => this.#lookAfter())
  }

  #addNode(): void {
    const name = `o${++this.#names}`
    const isOld = this.plan.isUpgraded && !this.weather.isFair && this.#dice.chance(0.7)
    this.#nodes.push({ name, life: this.#boot(name, { takeOverName: false, isOld }), isStarting: false })
  }

  /** Under its name, with or without ending the session of the life before; or under another. */
  #restart(node: Node): void {
    const dice = this.#dice
    const { world } = this.outside
    node.isStarting = true
    if (dice.chance(0.3)) node.name = `o${++this.#names}`
    const delayMs = this.weather.isFair ? 10 : dice.skewed(50, 3_000)
    const boot = () => {
      node.isStarting = false
      const takeOverName = this.weather.isFair || dice.chance(0.6)
      node.life = this.#boot(node.name, { takeOverName, isOld: false })
    }
    world.after(delayMs, boot)
  }

  #boot(name: string, { takeOverName, isOld }: { takeOverName: boolean; isOld: boolean }): Life {
    const dice = this.#dice
    const { leaseMs, inFlight, isNew } = this.plan
    this.outside.world.note(
      () => `${name} is started${takeOverName ? ', its earlier life known to be over' : ''}`,
    )
    const life = new Life(this.outside, {
      name,
      number: this.#count('life'),
      machines: isNew && !isOld ? NEW : OLD,
      leaseMs,
      takeOverName,
      random: dice.fork().next,
      inFlight,
      nature: {
        skewMs: dice.pick([0, dice.between(-2_000, 2_000)]),
        rate: dice.between(0.9995, 1.0005),
        wakesToTimers: dice.chance(0.5),
      },
      spoil: this.#flaws.engine,
    })
    if (isOld) this.#old.add(life)
    this.#born.push(life)
    this.lives.push(life)
    return life
  }

  #strike(who: number, blow: Blow): void {
    const node = this.#nodes[who % this.#nodes.length]
    if (node === undefined) return
    const { life, name } = node
    const { world } = this.outside
    if (!life.isUp && blow.kind !== 'join' && blow.kind !== 'database away') return
    this.#count(blow.kind)
    world.note(() => `*** ${life.process.name}: ${JSON.stringify(blow)}`)
    switch (blow.kind) {
      case 'crash':
        return life.process.kill()
      case 'doom':
        return this.weather.doom(life.process, blow.messages)
      case 'freeze':
        return life.process.standStill(blow.forMs)
      case 'usurp':
        life.process.standStill(blow.forMs)
        node.life = this.#boot(name, { takeOverName: true, isOld: false })
        return
      case 'cut':
        return this.weather.cut(life.process, blow.from, blow.forMs)
      case 'database away':
        return this.weather.takeDatabaseAway(blow.forMs)
      case 'clock set':
        life.process.skewMs += blow.byMs
        return
      case 'namesake':
        return void this.#boot(name, { takeOverName: false, isOld: false })
      case 'join':
        return this.#addNode()
      case 'restart':
        return this.#close(life, blow.graceMs)
      case 'leave':
        if (this.#nodes.length > 1) this.#nodes.splice(this.#nodes.indexOf(node), 1)
        return this.#close(life, blow.graceMs)
    }
  }

  /** As a process does on SIGTERM: it ends when all is handed over, and its supervisor sees to the rest. */
  #close({ engine, process }: Life, graceMs: number): void {
    const close = async () => {
      await engine.close(graceMs)
      process.kill()
    }
    this.outside.world.after(0, () => void close(), process)
  }

  /** The storm is over: what died comes back, what was cut is mended, and the new code is everywhere. */
  #calm(): void {
    const { world } = this.outside
    world.note(() => '*** the storm is over')
    this.weather.isFair = true
    for (const { life } of this.#nodes) {
      if (this.plan.isUpgraded && life.isUp && this.#old.has(life)) this.#close(life, 0)
    }
    const nudge = () => {
      this.callers.nudge()
      world.after(NUDGE_MS, nudge)
    }
    nudge()
  }

  #participantsOf(sagaId: string) {
    const record = this.outside.store.sagas.get(sagaId)
    if (record === undefined) return { conduct: {} }
    const planned = this.plan.sagas.find(({ nr }) => nr === nrOf(record))
    const replies = kinds.get(`${record.start.machine}@${record.start.version}`)?.replies ?? {}
    return { conduct: planned?.conduct ?? {}, replies }
  }

  #count(what: string): number {
    const count = (this.#struck.get(what) ?? 0) + 1
    this.#struck.set(what, count)
    return count
  }
}
