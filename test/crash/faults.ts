// What the ring asserts of a run. A list of faults instead of assertions, so that teeth.test.ts can show that a
// broken orchestrator has some.
import { isDeepStrictEqual } from 'node:util'
import type { Pool } from 'pg'
import { machines as registered } from '../../machines/registry.ts'
import type { JournalRow } from '../../orchestrator/engine/replay/journal-row.ts'
import { ReplayMachines } from '../../orchestrator/engine/replay/machines.ts'
import { firstDifference } from '../../orchestrator/engine/replay/replay.ts'
import type { Shop } from '../kit/shop.ts'
import type { Floor } from './floor.ts'
import { nameOf } from './point.ts'
import type { Told } from './run.ts'
import type { Ending } from './tale.ts'

const machines = new ReplayMachines(registered)

/** In words; none if nobody can tell this run from one without a crash. */
export async function faultsOf(floor: Floor, told: Told): Promise<string[]> {
  const { tale, shop, order, answerAgain } = told
  const { version } = await shop.saga(answerAgain.body.saga_id)
  return [
    ...deathFaults(told),
    ...differs('version', version, tale.version),
    ...floor.unannounced.map((call) => `called before the commit that announces it: ${call}`),
    ...answerFaults(told),
    ...(await endFaults(floor.pool, shop, {
      ...order,
      sagaId: answerAgain.body.saga_id,
      ending: tale.ending,
    })),
  ]
}

/** An order of 2 pieces, and how it has to have ended. */
interface Ended {
  readonly sagaId: string
  readonly cart: string
  readonly produit: number
  readonly ending: Ending
}

/** What is wrong with the saga's story, with its effects, or with what the participants know of it. */
export async function endFaults(pool: Pool, shop: Shop, ended: Ended): Promise<string[]> {
  return [
    ...(await sagaFaults(shop, ended)),
    ...(await effectFaults(shop, ended)),
    ...(await participantFaults(pool, ended)),
  ]
}

/** The child died of its own hand, where it was told to: else the run has shown nothing. */
function deathFaults({ plans, deaths }: Told): string[] {
  return plans.flatMap(({ dies }, life) => {
    if (dies === undefined) return []
    const death = deaths[life]
    const { signal, marker, stderr } = death ?? { signal: null, marker: undefined, stderr: '' }
    const reached = marker !== undefined && isDeepStrictEqual(marker.dies, dies)
    return [
      ...(reached ? [] : [`never came to the point "${nameOf(dies)}"; ${stderr}`]),
      ...differs(`life ${life + 1} ended by`, signal, 'SIGKILL'),
    ]
  })
}

function answerFaults({ tale, deaths, answer, answerAgain }: Told): string[] {
  const { ending } = tale
  const { status, body, headers } = answerAgain
  // Nothing was accepted if the first commit never was: the repeated call is then a first one.
  const accepted = deaths[0]?.marker?.dies.at !== 'before commit' || deaths[0].marker.state !== 'doing.lock'
  return [
    ...differs('status of the first answer, cut off', answer?.status, undefined),
    ...differs('status of the repeated call', status, ending.http),
    ...differs('code in its answer', body.code, ending.code),
    ...differs('Idempotency-Replayed', headers['idempotency-replayed'], accepted ? 'true' : undefined),
    ...(accepted ? differs('saga', body.saga_id, deaths[0]?.marker?.sagaId) : []),
    ...(ending.http === 201 ? differs('type of vente_id', typeof body.vente_id, 'number') : []),
  ]
}

async function sagaFaults(shop: Shop, { sagaId, cart, ending }: Ended): Promise<string[]> {
  const saga = await shop.saga(sagaId)
  const rows = await shop.transitions(sagaId)
  const journal: JournalRow[] = rows.map((row) => ({ ...row, at: Date.parse(row.at) }))
  const seqs = journal.map(({ seq }) => seq)
  const sagas = (await shop.sagas(`q=${cart}`)).map(({ saga_id }) => saga_id)
  return [
    ...differs('state', saga.state, ending.state),
    ...differs('business events', await shop.events(sagaId), ending.businessEvents),
    ...differs('journal', seqs, [...journal.keys()]),
    ...differs('replay', firstDifference({ saga, rows: journal }, { machines }), undefined),
    ...differs('sagas of the cart', sagas, [sagaId]),
  ]
}

async function effectFaults(shop: Shop, { sagaId, cart, produit, ending }: Ended): Promise<string[]> {
  const ventes = (await shop.ventes(cart)).map(({ lignes }) => lignes)
  const ligne = { produit_id: produit, quantite: 2, prix_unitaire: '39.99' }
  const wanted = Array.from({ length: ending.ventes }, () => [ligne])
  return [
    ...differs('cart', await shop.cartStatus(cart), ending.cart),
    ...differs('stock', await shop.stock(produit), ending.stock),
    ...differs('ventes', ventes, wanted),
    ...differs('service events', await shop.serviceEvents(sagaId), ending.serviceEvents),
  ]
}

const STEP_OF: Readonly<Record<string, string>> = {
  LOCK_CART: 'lock do',
  UNLOCK_CART: 'lock undo',
  CREATE_RESERVATION: 'reserve do',
  RELEASE_RESERVATION: 'reserve undo',
  CREATE_VENTE: 'create do',
  DELETE_VENTE: 'create undo',
}

/** Each row of the barrier stands for one effect, told by one service event; or is the tombstone of an undo. */
async function participantFaults(pool: Pool, { sagaId, ending }: Ended): Promise<string[]> {
  const reservations = await namesOf(pool, 'status from stocks.reservation where reservation_id', sagaId)
  const effects: string[] = []
  const told: string[] = []
  for (const schema of ['carts', 'stocks', 'produits']) {
    const step = `step || ' ' || op from ${schema}.barrier where fingerprint is not null and saga_id`
    effects.push(...(await namesOf(pool, step, sagaId)))
    told.push(...(await namesOf(pool, `action from ${schema}.service_event where correlation_id`, sagaId)))
  }
  const wanted = told.map((action) => STEP_OF[action] ?? action)
  return [
    ...differs('reservation', reservations[0] ?? 'none', ending.reservation),
    ...differs('barrier rows', effects.sort(), wanted.sort()),
  ]
}

async function namesOf(pool: Pool, what: string, sagaId: string): Promise<string[]> {
  const { rows } = await pool.query<[string]>({
    text: `select ${what}::text = $1`,
    values: [sagaId],
    rowMode: 'array',
  })
  return rows.map(([name]) => name)
}

function differs(what: string, found: unknown, wanted: unknown): string[] {
  if (isDeepStrictEqual(found, wanted)) return []
  return [`${what}: found ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`]
}
