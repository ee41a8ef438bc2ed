// All that is known of one saga, in two calls: its view, with what can be done, and its file, with journal and chart.
import { chartOf } from '../../chart/chart-of.ts'
import { journalLines } from '../../story/journal-lines.ts'
import { storyOf } from '../../story/story.ts'
import {
  areTransitions,
  isSagaFile,
  type BusinessEvent,
  type Saga,
  type SagaFile,
  type Transition,
} from '../client/answers.ts'
import type { Client } from '../client/client.ts'
import { pathOf } from '../client/find-saga.ts'
import { rungsFrom, rungsOf, type Rung } from './rungs.ts'

export interface Telling {
  readonly saga: Saga
  readonly transitions: readonly Transition[]
  readonly events: readonly BusinessEvent[]
  /** Undefined for a chart without the two rails. */
  readonly rungs: readonly Rung[] | undefined
}

/** A journal of many thousand transitions takes its time. */
const TIMEOUT_MS = 60_000
const PAGE = 1_000

export async function tellingOf(client: Client, saga: Saga): Promise<Telling> {
  const file = await client.get({
    path: '/api/export',
    expected: isSagaFile,
    query: { q: saga.saga_id, limit: 1 },
    timeoutMs: TIMEOUT_MS,
  })
  return { saga, transitions: file.transitions, events: file.events, rungs: rungsIn(file, saga) }
}

/** The journal from there on: one page of it. */
export async function transitionsFrom(
  client: Client,
  sagaId: string,
  seq: number,
): Promise<readonly Transition[]> {
  return client.get({
    path: `${pathOf(sagaId)}/transitions`,
    expected: areTransitions,
    query: { from_seq: seq, limit: PAGE },
  })
}

function rungsIn({ definition, transitions }: SagaFile, { version }: Saga): readonly Rung[] | undefined {
  if (definition !== null) return rungsOf(chartOf(definition))
  // Nobody there has its version any more: what was called says what was there.
  const hasRails = transitions.some(({ state }) => /^(un)?doing(\.|$)/.test(state))
  const { calls } = storyOf(journalLines(transitions, version))
  return hasRails && calls.length > 0 ? rungsFrom(calls) : undefined
}
