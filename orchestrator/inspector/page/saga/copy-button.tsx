/** Copies a text, also where the page came over plain HTTP and the browser has no clipboard for it. */
import { useState } from 'preact/hooks'
import { Icon } from '../icon/icon.tsx'

const TOLD_MS = 1_500

export function CopyButton({ text, what }: { readonly text: () => string; readonly what: string }) {
  const [told, setTold] = useState('')
  const copy = async () => {
    setTold((await copied(text())) ? 'copied' : 'not copied')
    setTimeout(() => setTold(''), TOLD_MS)
  }
  return (
    <span class="copy">
      <button
        type="button"
        class="copy-button"
        title={`Copy ${what}`}
        aria-label={`Copy ${what}`}
        onClick={() => void copy()}
      >
        <Icon name={told === 'copied' ? 'done' : 'copy'} />
      </button>
      <span class="visually-hidden" role="status">
        {told}
      </span>
    </span>
  )
}

async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copiedBySelection(text)
  }
}

function copiedBySelection(text: string): boolean {
  const field = document.createElement('textarea')
  field.value = text
  field.className = 'visually-hidden'
  document.body.append(field)
  field.select()
  const isCopied = document.execCommand('copy')
  field.remove()
  return isCopied
}
