// What the audit says to a person.
import { CHECK_NAMES, type CheckName, type Finding } from './check.ts'
import type { Audited } from './audit.ts'

const NAME_WIDTH = 16

/** Lines, without colours: they are kept in logs and tickets. */
export function reportOf(audited: Audited): string[] {
  const { at, findings, untold } = audited
  const lines = CHECK_NAMES.flatMap((name) => {
    const found = findings.filter(({ check }) => check === name)
    const mark = found.length > 0 ? '✗' : '✓'
    const more = untold[name] === undefined ? [] : [`    and ${number(untold[name])} more`]
    const head = `${mark} ${name.padEnd(NAME_WIDTH)}${seenOf(name, audited)}`.trimEnd()
    return [head, ...found.map(sentenceOf), ...more]
  })
  const wrong = findings.length + Object.values(untold).reduce((sum, count) => sum + count, 0)
  const verdict = wrong === 0 ? 'Nothing is wrong.' : `${number(wrong)} wrong.`
  return [`The database as it was at ${at}`, '', ...lines, '', verdict]
}

function sentenceOf({ saga_id, what }: Finding): string {
  return saga_id === null ? `    ${what}` : `    Saga ${saga_id} ${what}.`
}

function seenOf(name: CheckName, audited: Audited): string {
  switch (name) {
    case 'sagas':
      return sagasSeen(audited)
    case 'stock': {
      const { produits, start, now, sold, held } = audited.stock
      return `${number(produits)} produits: ${number(start)} pieces at the start, ${number(now)} now, ${number(sold)} sold, ${number(held)} held`
    }
    case 'replay':
      return replaySeen(audited)
    case 'carts':
    case 'reservations':
    case 'ventes':
    case 'service events':
    case 'journal':
      return ''
  }
}

function sagasSeen({ sagas }: Audited): string {
  const { done, failed, parked, running, compensating } = sagas
  const { oldest_in_flight_seconds: oldest, removed, removed_before: before } = sagas
  const inFlight = running + compensating
  const gone =
    before === null
      ? ''
      : `; ${number(removed)} removed, so what sagas from before ${before} called is not checked`
  const still = oldest === null ? '' : ` (one has not moved for ${oldest.toFixed(1)} s)`
  return `${number(done)} done, ${number(failed)} failed, ${number(parked)} parked, ${number(inFlight)} in flight${still}${gone}`
}

function replaySeen({ replayed }: Audited): string {
  if (replayed === null) return 'left out'
  const { sagas, transitions, unknown, too_long } = replayed
  const leftOut = [
    ...Object.entries(unknown).map(([name, count]) => `${number(count)} of ${name}, which is not here`),
    ...(too_long > 0 ? [`${number(too_long)} with too long a journal`] : []),
  ]
  const but = leftOut.length > 0 ? `; not replayed: ${leftOut.join(', ')}` : ''
  return `${number(sagas)} sagas, ${number(transitions)} transitions${but}`
}

const number = (count: number) => count.toLocaleString('en')
