/** What a transition changed in the context: member by member, before and after. */
import { sizeOf } from '../format/format.ts'
import type { Moment, ShownChange } from './source.ts'

interface ChangesViewProps {
  readonly told: Moment | null
  /** Of the moment that is looked at: another one is shown only until that is here. */
  readonly seq: number
  readonly most?: number
}

export function ChangesView({ told, seq, most = Infinity }: ChangesViewProps) {
  if (told === null) return null
  const { changes } = told
  const rest = changes.length - most
  return (
    <div class="changes" aria-busy={told.seq !== seq}>
      <h3>{headingOf(told)}</h3>
      <ul>
        {changes.slice(0, most).map((change) => (
          <ChangeView key={change.path} change={change} />
        ))}
      </ul>
      {rest > 0 && <p>and {rest} more: see Context.</p>}
    </div>
  )
}

function headingOf({ changes, cut }: Moment): string {
  if (cut.changes !== null) return 'What changed in the context is too much to be told'
  return changes.length === 0 ? 'Nothing changed in the context' : 'Changed in the context'
}

export function ChangeView({ change }: { readonly change: ShownChange }) {
  const { path, before, after, cut } = change
  const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed'
  return (
    <li class={`change is-${kind}`}>
      <span class="change-kind">{kind}</span>{' '}
      <code class="change-path">{path === '' ? 'context' : path}</code>
      {before !== undefined && <del>{shortOf(before, cut?.before)}</del>}
      {kind === 'changed' && <span aria-hidden="true"> → </span>}
      {after !== undefined && <ins>{shortOf(after, cut?.after)}</ins>}
    </li>
  )
}

const LENGTH_MAX = 400

/** `length` of one that is not here, for being too long. */
function shortOf(value: unknown, length: number | null = null): string {
  if (length !== null) return sizeOf(length)
  const text = JSON.stringify(value) ?? ''
  return text.length <= LENGTH_MAX ? text : `${text.slice(0, LENGTH_MAX)}…`
}
