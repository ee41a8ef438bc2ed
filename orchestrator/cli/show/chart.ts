// The rungs of the chart that a saga runs on.
import { areTransitions, isObject, type Saga, type Transition } from '../client/answers.ts'
import type { Client } from '../client/client.ts'
import { pathOf } from '../client/find-saga.ts'
import { OperatorError } from '../operator-error.ts'
import { rungsFrom, rungsOf, type Rung } from './rungs.ts'
import { storyOf } from './story.ts'

const PAGE = 1_000
/** Of a saga that was parked and tried for weeks, the beginning and what came last are told. */
const TRANSITIONS_MAX = 20_000
/** For the chart: a saga can be told without. */
const TIMEOUT_MS = 2_000

export async function transitionsOf(client: Client, sagaId: string): Promise<Transition[]> {
  const transitions: Transition[] = []
  for (let from = 0; transitions.length < TRANSITIONS_MAX;) {
    const page: readonly Transition[] = await client.get({
      path: `${pathOf(sagaId)}/transitions`,
      expected: areTransitions,
      query: { from_seq: from, limit: PAGE },
    })
    transitions.push(...page)
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) break
    from = last.seq + 1
  }
  return transitions
}

/** Undefined for a chart without the two rails. */
export async function findRungs(
  client: Client,
  { machine, version }: Saga,
  transitions: readonly Transition[],
): Promise<readonly Rung[] | undefined> {
  const config = await definitionOf(client, machine, version)
  if (config !== undefined) return rungsOf(config)
  const hasRails = transitions.some(({ state }) => /^(un)?doing(\.|$)/.test(state))
  const { calls } = storyOf(transitions)
  return hasRails && calls.length > 0 ? rungsFrom(calls) : undefined
}

/** Undefined where nobody has it, or an older Skald does not tell. */
async function definitionOf(client: Client, machine: string, version: string): Promise<unknown> {
  try {
    const path = `/api/machines/${encodeURIComponent(machine)}/${encodeURIComponent(version)}`
    const body = await client.get({ path, expected: isObject, timeoutMs: TIMEOUT_MS, retries: 0 })
    return body['config']
  } catch (error) {
    if (error instanceof OperatorError) return undefined
    throw error
  }
}
