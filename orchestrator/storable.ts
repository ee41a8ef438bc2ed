/** In JSON text, a NUL or half a surrogate pair: Postgres takes neither. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/i

/**
 * Whether the journal can store what JSON.stringify made this text of: it escapes halves of pairs only, where other
 * writers of JSON escape whole ones too.
 */
export function isStorable(json: string): boolean {
  return !UNSTORABLE.test(json)
}
