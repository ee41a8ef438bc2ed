// One saga by what an operator has at hand: its id, or its business key as a customer has told it.
import { isUuid } from '../../uuid.ts'
import { EXIT } from '../exit-codes.ts'
import { OperatorError } from '../operator-error.ts'
import { plain } from '../terminal/plain.ts'
import { isSaga, isSagaPage, type Saga } from './answers.ts'
import { ProblemError } from './api-errors.ts'
import type { Client } from './client.ts'

const SHOWN_MAX = 10

class NotOneSagaError extends OperatorError {
  readonly exitCode = EXIT.wrong
}

export const pathOf = (sagaId: string) => `/api/sagas/${encodeURIComponent(sagaId)}`

/** Throws where there is none, and where there are several. */
export async function findSaga(client: Client, text: string): Promise<Saga> {
  if (isUuid(text)) {
    const saga = await byId(client, text.toLowerCase())
    if (saga !== undefined) return saga
  }
  const { sagas } = await client.get({
    path: '/api/sagas',
    expected: isSagaPage,
    query: { q: text, limit: SHOWN_MAX },
  })
  const [only, ...others] = sagas
  if (only === undefined) {
    throw new NotOneSagaError(
      `There is no saga ${plain(text)}, and none whose business key begins like that: "skald ls" lists them.`,
    )
  }
  if (others.length === 0) return client.get({ path: pathOf(only.saga_id), expected: isSaga })
  const many = sagas.length === SHOWN_MAX ? `${SHOWN_MAX} or more` : String(sagas.length)
  const list = sagas.map(({ saga_id, status }) => `  ${plain(saga_id)}  ${plain(status)}`)
  throw new NotOneSagaError(
    [`${many} sagas have a business key like ${plain(text)}: say which.`, ...list].join('\n'),
  )
}

async function byId(client: Client, sagaId: string): Promise<Saga | undefined> {
  try {
    return await client.get({ path: pathOf(sagaId), expected: isSaga })
  } catch (error) {
    if (error instanceof ProblemError && error.problem.status === 404) return undefined
    throw error
  }
}
