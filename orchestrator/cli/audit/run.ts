// What `skald audit` does: finds the database, audits it, prints what it found.
import type { Environment } from '../../config.ts'
import { audit } from './audit.ts'
import { findDatabase, withDatabase } from './open-database.ts'
import { reportOf } from './report.ts'

/** As the command line has them. */
export interface AuditOptions {
  readonly settled?: boolean
  readonly inFlightOlderThan?: number
  readonly replay: boolean
}

/** True if nothing is wrong. Throws an OperatorError or a ConfigError if it can't tell. */
export async function auditAndPrint({
  env,
  options,
  json,
}: {
  env: Environment
  options: AuditOptions
  json: boolean
}): Promise<boolean> {
  const url = await findDatabase(env)
  const stillForSeconds = options.settled ? 0 : options.inFlightOlderThan
  const audited = await withDatabase(url, (db) => audit(db, { stillForSeconds, replays: options.replay }))
  console.log(json ? JSON.stringify(audited, null, 2) : reportOf(audited).join('\n'))
  return audited.findings.length === 0
}
