/** Opens an exported file: chosen by the button, or dropped anywhere on the page. */
import './file.css'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Icon } from '../icon/icon.tsx'
import { ahead, lazily } from '../lazily.tsx'

/** What reads a file is loaded with the first one. */
const OpeningDialog = lazily(async () => (await import('./opening-dialog.tsx')).OpeningDialog, {
  isAhead: true,
})
ahead(() => import('./draw.ts'))

/** What `skald export` and the page itself write. A file of any other name is opened as well. */
const NAMES = '.json,.jsonl,.ndjson,.gz,application/json'

export function OpenFileButton() {
  const input = useRef<HTMLInputElement>(null)
  const [file, setFile] = useState<File | null>(null)
  const isOver = useDrop(setFile)
  return (
    <>
      <button
        type="button"
        class="button is-icon"
        aria-label="Open an exported file"
        title="Open an exported file: or drop it on the page"
        onClick={() => input.current?.click()}
      >
        <Icon name="open" />
      </button>
      <input
        ref={input}
        type="file"
        class="file-input"
        accept={NAMES}
        tabIndex={-1}
        aria-hidden="true"
        onChange={({ currentTarget }) => {
          const chosen = currentTarget.files?.[0]
          if (chosen !== undefined) setFile(chosen)
          // The same file, mended meanwhile, may be chosen again.
          currentTarget.value = ''
        }}
      />
      {isOver && (
        <div class="file-drop">
          <p>
            <Icon name="open" /> Drop it here to look at it. It stays in this browser.
          </p>
        </div>
      )}
      {file !== null && <OpeningDialog file={file} onClose={() => setFile(null)} />}
    </>
  )
}

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true

/** Whether a file is held over the page. */
function useDrop(onFile: (file: File) => void): boolean {
  const [isOver, setOver] = useState(false)
  useEffect(() => {
    const ended = new AbortController()
    const { signal } = ended
    const onOver = (event: DragEvent) => {
      if (!hasFiles(event)) return
      // Else the browser leaves the page for the file.
      event.preventDefault()
      setOver(true)
    }
    const onLeave = ({ relatedTarget }: DragEvent) => {
      if (relatedTarget === null) setOver(false)
    }
    const onDrop = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      setOver(false)
      const file = event.dataTransfer?.files[0]
      if (file !== undefined) onFile(file)
    }
    addEventListener('dragover', onOver, { signal })
    addEventListener('dragleave', onLeave, { signal })
    addEventListener('drop', onDrop, { signal })
    return () => ended.abort()
  }, [])
  return isOver
}
