// The journals that must be told again for ever (test/journals/record.ts makes them).
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { SagaFile } from '../../orchestrator/saga-file/saga-file.ts'

const folder = join(import.meta.dirname, '../../machines')

export interface KeptJournal {
  /** Of the tale that it tells. */
  readonly name: string
  readonly path: string
  readonly file: SagaFile
}

/** Of one version, or of all; each is the journal of a real saga. */
export function keptJournals(version = '*'): KeptJournal[] {
  const paths = globSync(`*/v${version}/journals/*.json`, { cwd: folder }).toSorted()
  return paths.map((relative) => {
    const path = join(folder, relative)
    return {
      name: basename(path, '.json'),
      path,
      file: JSON.parse(readFileSync(path, 'utf8')) as SagaFile,
    }
  })
}

export function keptJournal(version: string, name: string): KeptJournal {
  const found = keptJournals(version).find((kept) => kept.name === name)
  if (found === undefined) throw new Error(`no journal ${name} of version ${version} is kept`)
  return found
}
