/** The numbers of all states at once: for those who do not see the chart, and where none can be had. */
import type { Chart } from '../../../chart/chart.ts'
import { hrefOf } from '../address.ts'
import { durationOf, numberOf } from '../format/format.ts'
import { counts } from '../live.ts'
import { sagasIn, type VersionName } from '../scope.ts'
import { wordOf, type Figures } from './badges.ts'

interface StatesTableProps {
  readonly of: VersionName
  /** Without one, where sagas stand is all that is known of its states. */
  readonly chart: Chart | null
  readonly figures: ReadonlyMap<string, Figures> | null
}

export function StatesTable({ of, chart, figures }: StatesTableProps) {
  const rows = chart === null || figures === null ? rowsOfCounts(of) : rowsOf(chart, figures)
  if (rows.length === 0) return <p class="overview-words">No saga is on it.</p>
  const hasStats = figures !== null
  return (
    <div class="states-table" tabIndex={0} role="region" aria-label="Numbers by state">
      <table>
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">Now here</th>
            {hasStats && (
              <>
                <th scope="col">Entered, last hour</th>
                <th scope="col">p95 time in it</th>
                <th scope="col">Errors, last hour</th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, word, now, entered, p95Ms, errors }) => (
            <tr key={id}>
              <th scope="row">
                <a href={hrefOf({ ...of, state: word, status: undefined, pane: undefined })}>{id}</a>
              </th>
              <td>{numberOf(now)}</td>
              {hasStats && (
                <>
                  <td>{entered === null ? '…' : numberOf(entered)}</td>
                  <td>{p95Ms === null ? '–' : durationOf(p95Ms)}</td>
                  <td>{errors === null ? '…' : numberOf(errors)}</td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface TableRow extends Figures {
  readonly id: string
  /** What a link to it asks of the list. */
  readonly word: string
}

function rowsOf(chart: Chart, figures: ReadonlyMap<string, Figures>): readonly TableRow[] {
  return [...figures].map(([id, known]) => ({ ...known, id, word: wordOf(chart, id) }))
}

function rowsOfCounts({ machine, version }: VersionName): readonly TableRow[] {
  const here = (counts.value ?? []).filter((count) => count.machine === machine && count.version === version)
  const states = Map.groupBy(here, ({ state }) => state)
  return [...states].map(([word, standing]) => ({
    id: word,
    word,
    now: sagasIn(standing),
    entered: null,
    errors: null,
    p95Ms: null,
  }))
}
