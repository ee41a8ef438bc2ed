/** Cursors of keyset pages: opaque to the caller, and checked when they come back. Pure. */

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export function cursorAfter(sagaId: string): string {
  return Buffer.from(sagaId).toString('base64url')
}

/** The saga that the page before ended with; null for a text that is no cursor of ours. */
export function sagaBefore(cursor: string): string | null {
  const sagaId = Buffer.from(cursor, 'base64url').toString()
  return UUID.test(sagaId) && cursorAfter(sagaId) === cursor ? sagaId : null
}
