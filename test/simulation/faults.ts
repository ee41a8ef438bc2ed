/** Every single fault of a scenario, and seeded triples of them. */
import { isDeepStrictEqual } from 'node:util'
import { simulate, type Outcome, type Scenario, type Trouble } from './simulation.ts'
import { Dice } from './dice.ts'
import type { Fault } from './planned-courier.ts'

/** What a group of runs showed. */
export interface Report {
  readonly runs: number
  readonly faults: number
  /** One line per broken promise, with what it takes to see it again. */
  readonly broken: readonly string[]
}

/** A run without a fault, which must end as the scenario says first, with all that it scripts having happened. */
export async function undisturbed(scenario: Scenario): Promise<{ outcome: Outcome; broken: string[] }> {
  const outcome = await simulate(scenario)
  const broken = [...outcome.complaints]
  const [end] = scenario.ends
  const { saga, ledger, met, sent } = outcome
  const events = saga?.journal.flatMap((row) => row.emitted.map(({ type }) => type))
  const seen = { status: saga?.status, standing: [...ledger.deedsFor(saga?.sagaId ?? '').standing], events }
  if (!isDeepStrictEqual(seen, end)) broken.push(`undisturbed, it ended otherwise: ${JSON.stringify(seen)}`)
  for (const conduct of Object.values(scenario.participants.conduct).flat()) {
    if (!met.has(conduct)) broken.push(`no call met a participant that ${conduct}`)
  }
  if (sent.length !== (scenario.operator ?? []).length) broken.push('the operator did not get to act')
  return { outcome, broken }
}

/** `SKALD_FAULTS=all` strikes with each fault at each point, which takes twice as long. */
const IS_HALVED = process.env['SKALD_FAULTS'] !== 'all'

/**
 * Each point that an undisturbed run reaches is, once, where the process dies, stands still, or is cut off. With a
 * number, by every second of these: the next number takes the others, and scenarios side by side are much alike.
 */
export async function everySingleFault(scenario: Scenario, nr?: number): Promise<Report> {
  const { outcome, broken } = await undisturbed(scenario)
  const { reached } = outcome.courier
  let runs = 1
  for (const [index, label] of reached.entries()) {
    for (const [kind, fault] of faultsAt(label).entries()) {
      if (nr !== undefined && IS_HALVED && (nr + index + kind) % 2 === 0) continue
      const plan = (point: number) => (point === index + 1 ? fault : undefined)
      const { complaints, courier } = await simulate(scenario, { plan })
      const name = `${fault} at point ${index + 1} (${label})`
      broken.push(...complaints.map((complaint) => `${name}: ${complaint}`))
      if (!isDeepStrictEqual(courier.injected, [{ point: index + 1, label, fault }])) {
        broken.push(`${name} was not reached`)
      }
      runs += 1
    }
  }
  return { runs, faults: runs - 1, broken }
}

const faultsAt = (label: string): Fault[] =>
  label.startsWith('write') ? ['die', 'pause', 'nap', 'fail'] : ['die', 'pause', 'nap']

/** The saga is dropped and resumed between every two of its transitions, in three ways. */
export async function alwaysResumed(scenario: Scenario): Promise<Report> {
  const { outcome } = await undisturbed(scenario)
  const commits = outcome.courier.reached.filter((label) => label.startsWith('write: applied')).length
  const ways: [string, () => Trouble][] = [
    ['stopped behind each commit', () => ({ alwaysResume: true })],
    ['killed with each commit unheard', () => ({ plan: dieAtEach('write: applied, not yet known') })],
    ['killed with each first answer unheard', () => ({ plan: dieAtFirst('answered, not yet heard') })],
  ]
  const broken: string[] = []
  let faults = 0
  for (const [name, trouble] of ways) {
    const { complaints, lives, courier } = await simulate(scenario, trouble())
    broken.push(...complaints.map((complaint) => `${name}: ${complaint}`))
    faults += courier.injected.length
    // Two that were one commit each may be one in this run, where regions run side by side.
    if (!name.includes('answer') && lives < commits / 2) broken.push(`${name}: only ${lives} lives`)
  }
  return { runs: ways.length, faults, broken }
}

const dieAtEach = (label: string) => (_point: number, reached: string) =>
  reached === label ? 'die' : undefined

function dieAtFirst(ending: string): (point: number, label: string) => Fault | undefined {
  const met = new Set<string>()
  return (_point, label) => {
    if (!label.endsWith(ending) || met.has(label)) return undefined
    met.add(label)
    return 'die'
  }
}

/** Three faults at random points of a world that lets things happen in random order; all follows from the seed. */
export async function randomTriple(scenario: Scenario, seed: number, points: number): Promise<Report> {
  const dice = new Dice(seed)
  const struck = new Map<number, Fault>()
  while (struck.size < 3) {
    // Some of them strike later lives, whose points come behind those of an undisturbed run.
    struck.set(dice.whole(1, Math.ceil(points * 1.3)), dice.pick(['die', 'pause', 'nap', 'fail']))
  }
  const outcome = await simulate(scenario, { seed, plan: (point) => struck.get(point) })
  const story = outcome.courier.injected.map(({ fault, point, label }) => `${fault} at ${point} (${label})`)
  const again = `SKALD_SEED=${seed} npx tap run test/simulation/random.test.ts`
  return {
    runs: 1,
    faults: outcome.courier.injected.length,
    broken: outcome.complaints.map(
      (complaint) => `${scenario.name}, ${story.join(', ')}: ${complaint}\n  ${again}`,
    ),
  }
}
