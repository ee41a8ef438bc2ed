// `skald show`: one saga as an operator needs to see it.
import { areEvents, type BusinessEvent, type Saga, type Transition } from '../client/answers.ts'
import { Client } from '../client/client.ts'
import { findSaga, pathOf } from '../client/find-saga.ts'
import type { Globals } from '../globals.ts'
import { jsonOf } from '../terminal/plain.ts'
import { print, widthOf } from '../terminal/screen.ts'
import { findRungs, transitionsOf } from './chart.ts'
import { factsOf, headOf, journalOf } from './facts.ts'
import { railsOf } from './rails.ts'
import type { Rung } from './rungs.ts'
import { storyOf } from './story.ts'

export interface ShowOptions {
  readonly journal?: boolean
}

export async function show(globals: Globals, text: string, options: ShowOptions): Promise<void> {
  const client = new Client(globals)
  const saga = await findSaga(client, text)
  const [transitions, events] = await Promise.all([
    transitionsOf(client, saga.saga_id),
    client.get({ path: `${pathOf(saga.saga_id)}/events`, expected: areEvents }),
  ])
  if (globals.json) return print(jsonOf({ saga, transitions, events }))
  const rungs = await findRungs(client, saga, transitions)
  print(...portraitOf({ saga, transitions, events, rungs }, widthOf(), options))
}

interface Portrait {
  readonly saga: Saga
  readonly transitions: readonly Transition[]
  readonly events: readonly BusinessEvent[]
  readonly rungs: readonly Rung[] | undefined
}

/** Nobody draws wider than a page. */
const WIDTH_MAX = 120

export function portraitOf(
  { saga, transitions, events, rungs }: Portrait,
  screenWidth: number,
  { journal }: ShowOptions = {},
): string[] {
  const width = Math.min(WIDTH_MAX, screenWidth)
  const now = Date.now()
  const { calls, deeds } = storyOf(transitions)
  const isUndone = saga.undone !== false
  const rails = rungs && railsOf({ rungs, calls, status: saga.status, isUndone, now }, width)
  return [
    ...headOf(saga, width, now),
    '',
    ...(rails ?? []),
    ...(rails === undefined || journal === true ? [...journalOf(transitions, width), ''] : ['']),
    ...factsOf({ saga, events, deeds, now }, width),
  ]
}
