/** From a file that somebody chose or dropped to the saga that is looked at. */
import { go } from '../address.ts'
import { fileSource } from './file-source.ts'
import { open } from './opened.ts'
import { FileError, readSagas, type FoundSaga, type FoundSagas } from './read-file.ts'

export type Opening =
  | { readonly kind: 'reading'; readonly share: number }
  | { readonly kind: 'choose'; readonly found: FoundSagas }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'opened' }

interface OpeningOptions {
  readonly signal: AbortSignal
  /** Told of nothing once `signal` is aborted. */
  readonly onOpening: (opening: Opening) => void
}

export async function openFile(file: File, { signal, onOpening }: OpeningOptions): Promise<void> {
  const tell = (opening: Opening) => {
    if (!signal.aborted) onOpening(opening)
  }
  tell({ kind: 'reading', share: 0 })
  try {
    const onProgress = (share: number) => tell({ kind: 'reading', share })
    const found = await readSagas(file, { signal, onProgress })
    const [only, ...more] = found.sagas
    if (signal.aborted || only === undefined) return
    if (more.length > 0 || found.fault !== null) return tell({ kind: 'choose', found })
    await openFound(only)
    tell({ kind: 'opened' })
  } catch (error) {
    if (signal.aborted) return
    if (!(error instanceof FileError)) throw error
    tell({ kind: 'failed', why: error.message })
  }
}

export async function openFound({ load }: FoundSaga): Promise<void> {
  open(fileSource(await load()))
  go({ saga: 'file', at: undefined, against: undefined })
}
