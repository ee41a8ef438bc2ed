/** Repairs in bulk, newest first: those under way, and those of before. */
import { numberOf, timeOf } from '../format/format.ts'
import { Icon } from '../icon/icon.tsx'
import type { GlyphName } from '../icon/glyphs.ts'
import { filterWords, type Bulk } from './bulk-order.ts'
import type { BulkModel } from './bulk-model.ts'
import { BulkTrouble } from './bulk-trouble.tsx'

const GLYPHS: Readonly<Record<Bulk['status'], GlyphName>> = {
  running: 'play',
  stopped: 'pause',
  done: 'done',
}

export function BulkList({ model }: { readonly model: BulkModel }) {
  const page = model.bulks.value
  const cursor = page?.next_cursor ?? null
  return (
    <>
      <div class="dialog-body">
        <BulkTrouble model={model} />
        {page?.bulks.length === 0 && <p class="bulk-more">There was none yet.</p>}
        <ul class="bulk-list">
          {page?.bulks.map((bulk) => (
            <li key={bulk.bulk_id}>
              <button type="button" onClick={() => model.open(bulk)}>
                <Icon name={GLYPHS[bulk.status]} title={bulk.status} />
                <span>
                  <b>{bulk.verb}</b> {numberOf(bulk.applied)} of {numberOf(bulk.total)}
                  <small>
                    {bulk.actor}, {timeOf(Date.parse(bulk.created_at)).slice(0, 19)}: {bulk.reason}
                  </small>
                  <small>{filterWords(bulk.filter)}</small>
                </span>
              </button>
            </li>
          ))}
        </ul>
        {cursor !== null && (
          <button type="button" class="button" onClick={() => void model.readBulks(cursor)}>
            More
          </button>
        )}
      </div>
      <div class="dialog-foot">
        <button type="button" class="button" onClick={() => model.show('order')}>
          <Icon name="back" /> A new one
        </button>
      </div>
    </>
  )
}
