import { Dialog } from '../dialog.tsx'
import type { Mark } from '../icon/glyphs.ts'
import { MarkIcon, StatusIcon } from '../icon/icon.tsx'
import { STATUSES } from '../status.ts'
import type { SagaStatus } from '../types.ts'

const KEYS: readonly (readonly [keys: readonly string[], does: string])[] = [
  [['/'], 'Search'],
  [['j', 'k'], 'Next and previous saga of the list'],
  [['↓', '↑'], 'The same, in the list; ↓ leads there from the search'],
  [['Enter'], 'Open it'],
  [['Esc'], 'Back to the overview'],
  [['←', '→'], 'In a saga: one transition back, one on'],
  [['Home', 'End'], 'In a saga: its beginning, its last transition'],
  [['Space'], 'In a saga: play it, or stop'],
  [['+', '−', '0'], 'In a chart: larger, smaller, as it fits'],
  [['?'], 'This help'],
]

const MEANINGS: Readonly<Record<SagaStatus, string>> = {
  running: 'on its way forward',
  compensating: 'undoing what was done',
  parked: 'waits for a person, or for its next automatic try',
  failed: 'over: undone, or given up',
  done: 'over: all is done',
}

const MARKS: readonly (readonly [mark: Mark, means: string])[] = [
  ['current', 'it is there now'],
  ['done', 'done'],
  ['failed', 'failed'],
  ['compensating', 'being undone'],
  ['compensated', 'undone'],
  ['abandoned', 'given up, and not undone'],
]

const LINES =
  'A thick line was taken, as often as its number says. Dashed: an error; dotted: a timer; thin: an event. H: back to where it stopped.'

export function Help({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Help" class="help" onClose={onClose}>
      <div class="dialog-body">
        <h3>Keys</h3>
        <dl>
          {KEYS.map(([keys, does]) => (
            <div key={does}>
              <dt>
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <h3>What a saga can be</h3>
        <dl>
          {STATUSES.map((status) => (
            <div key={status}>
              <dt>
                <StatusIcon status={status} /> {status}
              </dt>
              <dd>{MEANINGS[status]}</dd>
            </div>
          ))}
        </dl>
        <h3>What the chart of a saga tells</h3>
        <dl class="help-marks">
          {MARKS.map(([mark, means]) => (
            <div key={mark}>
              <dt>
                <MarkIcon mark={mark} />
              </dt>
              <dd>{means}</dd>
            </div>
          ))}
        </dl>
        <p>{LINES}</p>
        <p>All that is looked at is in the address: a link shows a colleague the same.</p>
        <p>
          Machines of other apps can be watched here too: <a href="/inspector/attach">attach one</a>.
        </p>
      </div>
    </Dialog>
  )
}
