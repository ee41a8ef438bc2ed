/** What is told while a file is opened: how far it is read, why it can not be, or which sagas are in it. */
import { useEffect, useState } from 'preact/hooks'
import { countedOf, numberOf } from '../format/format.ts'
import { Icon, StatusIcon } from '../icon/icon.tsx'
import { Dialog } from '../dialog.tsx'
import { openFile, openFound, type Opening } from './opening.ts'
import type { FoundSaga, FoundSagas } from './read-file.ts'

interface OpeningDialogProps {
  /** Another one ends the reading of this. */
  readonly file: File
  readonly onClose: () => void
}

export function OpeningDialog({ file, onClose }: OpeningDialogProps) {
  const [opening, setOpening] = useState<Opening>({ kind: 'reading', share: 0 })
  useEffect(() => {
    const given = new AbortController()
    void openFile(file, { signal: given.signal, onOpening: setOpening })
    return () => given.abort()
  }, [file])
  useEffect(() => {
    if (opening.kind === 'opened') onClose()
  }, [opening])
  return (
    <Dialog title={titleOf(file, opening)} onClose={onClose} class="file-dialog">
      <div class="dialog-body">
        {opening.kind === 'reading' && <Reading share={opening.share} />}
        {opening.kind === 'failed' && (
          <p class="notice is-error" role="alert">
            <Icon name="alert" /> <span>{opening.why}</span>
          </p>
        )}
        {opening.kind === 'choose' && <Choose found={opening.found} onClose={onClose} />}
      </div>
    </Dialog>
  )
}

function titleOf({ name: whole }: File, opening: Opening): string {
  const name = whole.length > 60 ? `${whole.slice(0, 59)}…` : whole
  if (opening.kind === 'failed') return `${name} can not be opened`
  return opening.kind === 'choose'
    ? `${countedOf(opening.found.sagas.length, 'saga')} in ${name}`
    : `Reading ${name}`
}

function Reading({ share }: { readonly share: number }) {
  const percent = Math.floor(share * 100)
  return (
    <p class="file-reading">
      <progress max={100} value={percent} aria-label="Read so far" /> <span>{percent} %</span>
    </p>
  )
}

/** Beyond it one looks for it by a word. */
const SHOWN_MAX = 200

interface ChooseProps {
  readonly found: FoundSagas
  readonly onClose: () => void
}

function Choose({ found: { sagas, fault }, onClose }: ChooseProps) {
  const [word, setWord] = useState('')
  const fitting = sagas.filter((one) => fits(one, word.trim().toLowerCase()))
  const more = fitting.length - SHOWN_MAX
  return (
    <>
      {fault !== null && (
        <p class="notice is-warning" role="alert">
          <Icon name="alert" /> <span>{fault} What stands before it can be looked at.</span>
        </p>
      )}
      {sagas.length > 10 && (
        <input
          type="search"
          class="field file-search"
          aria-label="Search among them"
          placeholder="Search: id, business key, status, state"
          value={word}
          onInput={({ currentTarget }) => setWord(currentTarget.value)}
        />
      )}
      <ul class="file-sagas">
        {fitting.slice(0, SHOWN_MAX).map((one) => (
          <li key={one.line}>
            <button type="button" onClick={() => void openFound(one).then(onClose)}>
              <StatusIcon status={one.saga.status} />
              <span class="file-saga">
                <b>{one.saga.business_key ?? one.saga.saga_id}</b>
                <small>
                  {one.saga.status} · {one.saga.state} · {one.saga.machine}@{one.saga.version}
                </small>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {more > 0 && <p class="file-more">and {numberOf(more)} more: search for the one that you want</p>}
      {fitting.length === 0 && <p class="file-more">None of them is like that.</p>}
    </>
  )
}

function fits({ saga: { saga_id, business_key, status, state } }: FoundSaga, word: string): boolean {
  return [saga_id, business_key ?? '', status, state].some((text) => text.toLowerCase().includes(word))
}
