/** From a file that somebody chose or dropped to the saga that is looked at. One file at a time: the last one counts. */
import { signal, type ReadonlySignal } from '@preact/signals'
import { go } from '../address.ts'
import { fileSource } from './file-source.ts'
import { open } from './opened.ts'
import { FileError, readSagas, type FoundSaga, type FoundSagas } from './read-file.ts'

export type Opening =
  | { readonly kind: 'reading'; readonly name: string; readonly share: number }
  | { readonly kind: 'choose'; readonly name: string; readonly found: FoundSagas }
  | { readonly kind: 'failed'; readonly name: string; readonly why: string }

const current = signal<Opening | null>(null)
export const opening: ReadonlySignal<Opening | null> = current

let reading = new AbortController()

export async function openFile(file: File): Promise<void> {
  reading.abort()
  reading = new AbortController()
  const { signal } = reading
  const { name } = file
  current.value = { kind: 'reading', name, share: 0 }
  const onProgress = (share: number) => {
    if (!signal.aborted) current.value = { kind: 'reading', name, share }
  }
  try {
    const found = await readSagas(file, { signal, onProgress })
    const [only, ...more] = found.sagas
    if (signal.aborted || only === undefined) return
    if (more.length > 0 || found.fault !== null) current.value = { kind: 'choose', name, found }
    else await openFound(only)
  } catch (error) {
    if (signal.aborted) return
    if (!(error instanceof FileError)) throw error
    current.value = { kind: 'failed', name, why: error.message }
  }
}

export async function openFound({ load }: FoundSaga): Promise<void> {
  open(fileSource(await load()))
  current.value = null
  go({ saga: 'file', at: undefined, against: undefined })
}

/** Also while it is read: nothing more of it is. */
export function closeOpening(): void {
  reading.abort()
  current.value = null
}
