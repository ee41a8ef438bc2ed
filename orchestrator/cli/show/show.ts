// `skald show`: one saga as an operator needs to see it.
import { journalLines } from '../../story/journal-lines.ts'
import { storyOf } from '../../story/story.ts'
import { Client } from '../client/client.ts'
import { findSaga } from '../client/find-saga.ts'
import type { Globals } from '../globals.ts'
import { jsonOf } from '../terminal/plain.ts'
import { print, widthOf } from '../terminal/screen.ts'
import { factsOf, headOf, journalOf } from './facts.ts'
import { railsOf } from './rails.ts'
import { tellingOf, type Telling } from './telling.ts'

export interface ShowOptions {
  readonly journal?: boolean
}

export async function show(globals: Globals, text: string, options: ShowOptions): Promise<void> {
  const client = new Client(globals)
  const saga = await findSaga(client, text)
  const telling = await tellingOf(client, saga)
  if (globals.json) {
    const { transitions, events } = telling
    return print(jsonOf({ saga, transitions, events }))
  }
  print(...portraitOf(telling, widthOf(), options))
}

/** Nobody draws wider than a page. */
const WIDTH_MAX = 120

export function portraitOf(
  { saga, transitions, events, rungs }: Telling,
  screenWidth: number,
  { journal }: ShowOptions = {},
): string[] {
  const width = Math.min(WIDTH_MAX, screenWidth)
  const now = Date.now()
  const { calls, deeds } = storyOf(journalLines(transitions, saga.version))
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
