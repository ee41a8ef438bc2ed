/** What may be sent to a saga at all: found out by the owner only, what is more than this would park it. Pure. */
import { isStorable } from '../storable.ts'

export const BODY_BYTES_MAX = 65_536
const DEPTH_MAX = 32

/** What is wrong with it, in words that go on from its name; undefined if nothing is. */
export function faultOf(body: object): string | undefined {
  if (isDeeper(body, DEPTH_MAX)) return `is nested more than ${DEPTH_MAX} deep`
  return isStorable(JSON.stringify(body)) ? undefined : 'has a NUL or half a surrogate pair in it'
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1))
}
