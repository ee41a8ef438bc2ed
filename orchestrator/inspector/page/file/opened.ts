/** The saga of a file that is looked at. In memory only: nothing of it is kept, and a page that is loaded anew has none. */
import { signal, type ReadonlySignal } from '@preact/signals'
import type { SagaSource } from '../saga/source.ts'

const opened = signal<SagaSource | null>(null)
export const openedSource: ReadonlySignal<SagaSource | null> = opened

export function open(source: SagaSource | null): void {
  opened.value = source
}
