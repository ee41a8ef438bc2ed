// What is compared: the same three calls, with ever more promised about them.
import { randomUUID } from 'node:crypto'
import { measure, type Load, type Measured } from '../load.ts'
import { ownCpuMs, PostgresMeter } from '../usage.ts'

export interface Candidate {
  readonly name: string
  measure(concurrency: number, seconds: number): Promise<Measured>
  close(): Promise<void>
}

export interface Place {
  /** Where the stub participants answer. */
  readonly stubs: string
  readonly databaseUrl: string
  /** A folder to write to, gone after the run. */
  readonly folder: string
}

export const ORDER = { cart_id: randomUUID(), magasin_id: 101 }

/** A candidate that runs in this process. */
export function candidate(name: string, load: Load, close: () => Promise<void>): Candidate {
  return { name, measure: (concurrency, seconds) => measure(load, concurrency, seconds), close }
}

/** The usage of a candidate that runs in this process and keeps its sagas in Postgres. */
export async function meterOf(databaseUrl: string, commits: () => number) {
  const meter = await PostgresMeter.open(databaseUrl)
  const usage = async () => {
    const { storeCpuMs, walBytes } = await meter.read()
    return { commits: commits(), cpuMs: ownCpuMs(), storeCpuMs, walBytes }
  }
  return { usage, close: () => meter.close() }
}
