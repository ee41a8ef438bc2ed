// What the ring asserts of a run. A list of faults instead of assertions, so that teeth.test.ts can show that a
// broken orchestrator has some.
import { isDeepStrictEqual } from 'node:util'
import { firstDifference, type JournalRow } from '../../orchestrator/engine/replay.ts'
import { commande } from '../../machines/commande/chart.ts'
import type { Floor } from './floor.ts'
import { nameOf } from './point.ts'
import type { Told } from './run.ts'
import type { Tale } from './tale.ts'

/** In words; none if nobody can tell this run from one without a crash. Ends its orchestrator when all is seen. */
export async function faultsOf(floor: Floor, told: Told): Promise<string[]> {
  const sagaId = told.answerAgain.body.saga_id
  const faults = [
    ...deathFaults(told),
    ...floor.unannounced.map((call) => `called before the commit that announces it: ${call}`),
    ...answerFaults(told),
    ...(sagaId === undefined ? [] : await sagaFaults(told, sagaId)),
    ...(await effectFaults(told, sagaId)),
    ...(sagaId === undefined ? [] : await participantFaults(floor, told.tale, sagaId)),
  ]
  const { code } = await told.survivor.end()
  return [...faults, ...differs('exit code of the orchestrator that took over', code, 0)]
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

async function sagaFaults({ tale, shop, cart }: Told, sagaId: string): Promise<string[]> {
  const { state } = await shop.saga(sagaId)
  const rows = await shop.transitions(sagaId)
  const journal: JournalRow[] = rows.map((row) => ({ ...row, at: Date.parse(row.at) }))
  return [
    ...differs('state', state, tale.ending.state),
    ...differs('business events', await shop.events(sagaId), tale.ending.businessEvents),
    ...differs(
      'journal',
      journal.map(({ seq }) => seq),
      [...journal.keys()],
    ),
    ...differs('replay', firstDifference(commande, journal), undefined),
    ...differs(
      'sagas of the cart',
      (await shop.sagas(`q=${cart}`)).map(({ saga_id }) => saga_id),
      [sagaId],
    ),
  ]
}

async function effectFaults({ tale, shop, cart, produit }: Told, sagaId?: string): Promise<string[]> {
  const { ending } = tale
  const ventes = await shop.ventes(cart)
  const ligne = { produit_id: produit, quantite: 2, prix_unitaire: '39.99' }
  const wanted = Array.from({ length: ending.ventes }, () => [ligne])
  return [
    ...differs('cart', await shop.cartStatus(cart), ending.cart),
    ...differs('stock', await shop.stock(produit), ending.stock),
    ...differs(
      'ventes',
      ventes.map(({ lignes }) => lignes),
      wanted,
    ),
    ...(sagaId === undefined
      ? []
      : differs('service events', await shop.serviceEvents(sagaId), ending.serviceEvents)),
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
async function participantFaults(floor: Floor, { ending }: Tale, sagaId: string): Promise<string[]> {
  const reservations = await namesOf(floor, 'status from stocks.reservation where reservation_id', sagaId)
  const effects: string[] = []
  const told: string[] = []
  for (const schema of ['carts', 'stocks', 'produits']) {
    const step = `step || ' ' || op from ${schema}.barrier where fingerprint is not null and saga_id`
    effects.push(...(await namesOf(floor, step, sagaId)))
    told.push(...(await namesOf(floor, `action from ${schema}.service_event where correlation_id`, sagaId)))
  }
  const wanted = told.map((action) => STEP_OF[action] ?? action)
  return [
    ...differs('reservation', reservations[0] ?? 'none', ending.reservation),
    ...differs('barrier rows', effects.sort(), wanted.sort()),
  ]
}

async function namesOf(floor: Floor, what: string, sagaId: string): Promise<string[]> {
  const { rows } = await floor.pool.query<[string]>({
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
