/**
 * A password as Postgres keeps it (SCRAM-SHA-256, RFC 5803), made here as psql's \password does: `alter role` with the
 * password itself would show it to the server's log, and to pg_stat_statements.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'

/** As Postgres' own scram_iterations has it. */
const ITERATIONS = 4_096
const SALT_BYTES = 16
const HASH = 'sha256'

/** What SASLprep leaves as it is, so that every client makes the same of it. */
const PRINTABLE_ASCII = /^[\x20-\x7e]+$/

export function isPassword(text: string): boolean {
  return PRINTABLE_ASCII.test(text)
}

/** Another one at each call, for its salt is drawn; each of them lets the password in. */
export function scramVerifierOf(password: string, salt: Buffer = randomBytes(SALT_BYTES)): string {
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, HASH)
  const keyOf = (name: string) => createHmac(HASH, salted).update(name).digest()
  const storedKey = createHash(HASH).update(keyOf('Client Key')).digest('base64')
  const serverKey = keyOf('Server Key').toString('base64')
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`
}
