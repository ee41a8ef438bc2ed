/** Figures of the whole database, the same at every orchestrator; left out where they are not fresh. */
import { Gauge, type Registry } from 'prom-client'
import type { Figures } from '../store/figures.ts'
import type { FiguresReader } from './figures-reader.ts'
import type { States } from './states.ts'

interface Figure {
  readonly name: string
  readonly help: string
  readonly labelNames: string[]
  readonly told: (figures: Figures, states: States) => readonly Sample[]
}

interface Sample {
  readonly labels: Record<string, string>
  readonly value: number
}

type Standing = Figures['unfinished'][number]

const FIGURES: readonly Figure[] = [
  {
    name: 'skald_sagas_unfinished',
    help: 'Sagas that have not ended, by where they stand, in the whole database',
    labelNames: ['machine', 'status', 'state'],
    told: ({ unfinished }, states) =>
      unfinished.map(({ machine, status, state, sagas }) => {
        return { labels: { ...states.labelsOf(machine, state), status }, value: sagas }
      }),
  },
  ofMachines(
    'skald_sagas_parked',
    'Sagas that are parked, in the whole database: they wait for a person, or for their next try',
    (standings) => standings.filter(isParked).reduce((sum, { sagas }) => sum + sagas, 0),
  ),
  ofMachines(
    'skald_oldest_in_flight_seconds',
    'Age of the oldest saga that is in flight, in the whole database; 0 if none is',
    (standings) => oldest(standings.filter((standing) => !isParked(standing))),
  ),
  ofMachines(
    'skald_oldest_parked_seconds',
    'Age of the oldest saga that is parked, in the whole database; 0 if none is',
    (standings) => oldest(standings.filter(isParked)),
  ),
  ofAll(
    'skald_inbox_waiting',
    'Events for sagas that no transition has answered yet, in the whole database',
    ({ inbox }) => inbox.waiting,
  ),
  ofAll(
    'skald_inbox_oldest_seconds',
    'Age of the oldest of those events; 0 if there is none',
    ({ inbox }) => inbox.oldestSeconds,
  ),
  ofAll('skald_partitions', 'Partitions that there are, whoever owns them', ({ partitions }) => partitions),
]

/** Asked at each scrape. */
export function watchFigures(register: Registry, reader: FiguresReader, states: States): void {
  const ages = new Gauge({
    name: 'skald_figures_age_seconds',
    help: 'Time since the figures of the whole database were read; past a minute they are left out',
    registers: [],
    async collect() {
      await reader.look()
      this.set(reader.ageMs / 1_000)
    },
  })
  register.registerMetric(ages)
  for (const { told, ...declared } of FIGURES) {
    const gauge = new Gauge({
      ...declared,
      registers: [],
      async collect() {
        const figures = await reader.look()
        this.reset()
        // One without labels would be told as 0 after that.
        if (declared.labelNames.length === 0) this.remove()
        if (figures === undefined) return
        // Added up, for states that are not known here have one name.
        for (const { labels, value } of told(figures, states)) this.inc(labels, value)
      },
    })
    register.registerMetric(gauge)
  }
}

/** Also of machines that none of it is of: that nothing is parked is a figure too. */
function ofMachines(name: string, help: string, of: (standings: readonly Standing[]) => number): Figure {
  return {
    name,
    help,
    labelNames: ['machine'],
    told: ({ unfinished }, { machines }) => {
      const known = new Set([...machines, ...unfinished.map(({ machine }) => machine)])
      return [...known].map((machine) => {
        return { labels: { machine }, value: of(unfinished.filter((one) => one.machine === machine)) }
      })
    },
  }
}

function ofAll(name: string, help: string, of: (figures: Figures) => number): Figure {
  return { name, help, labelNames: [], told: (figures) => [{ labels: {}, value: of(figures) }] }
}

const isParked = ({ status }: Standing) => status === 'parked'

const oldest = (standings: readonly Standing[]) =>
  Math.max(0, ...standings.map(({ oldestSeconds }) => oldestSeconds ?? 0))
