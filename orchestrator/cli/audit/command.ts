// The command line around the audit.
import type { Environment } from '../../config.ts'
import { audit } from './audit.ts'
import { findDatabase, withDatabase } from './open-database.ts'
import { reportOf } from './report.ts'

/** As the command line has them. */
export interface AuditCommandOptions {
  readonly settled?: boolean
  readonly inFlightOlderThan?: number
  readonly replay: boolean
  readonly json?: boolean
}

/** Prints what it found; true if nothing is wrong. Throws an OperatorError or a ConfigError if it can't tell. */
export async function auditCommand({
  env,
  options,
}: {
  env: Environment
  options: AuditCommandOptions
}): Promise<boolean> {
  const url = await findDatabase(env)
  const stillForSeconds = options.settled ? 0 : options.inFlightOlderThan
  const audited = await withDatabase(url, (db) => audit(db, { stillForSeconds, replays: options.replay }))
  console.log(options.json ? JSON.stringify(audited, null, 2) : reportOf(audited).join('\n'))
  return audited.findings.length === 0
}
