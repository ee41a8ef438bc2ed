/**
 * What is out of sight must not be told by a text: by what a participant answered, say, or a message that quotes it. So
 * texts are searched for the values themselves, as far as they are known, and for members that say their name. Pure.
 */
import { REDACTED } from './redact.ts'

/** Those of one or two letters or digits are everywhere, and say nothing. */
const LENGTH_MIN = 3
/** Shorter ones count as words of their own only: others have them in their middle by chance. */
const WORD_LENGTH_MAX = 5
/** Of a long one the beginning is enough to find it, and then nothing of the text is told. */
const LONG_MIN = 200
/** More values than anybody could search a text for while sagas wait. */
const VALUES_MAX = 200
/** What is shortest of a value to be known by where a text was cut in its middle. */
const STUMP_MIN = 4

export interface Mask {
  /** Of one that people wrote, or a participant. */
  readonly text: (text: string) => string
  /** Of one within data, of which there may be thousands. */
  readonly datum: (text: string) => string
}

const NOTHING: Mask = { text: (text) => text, datum: (text) => text }

export function maskOf(names: ReadonlySet<string>, values: ReadonlySet<string>): Mask {
  if (names.size === 0) return NOTHING
  const known = [...values].filter((value) => value.length >= LENGTH_MIN)
  const pair = pairOf(names)
  const all = new Set(known)
  if (known.length > VALUES_MAX) {
    const datum = (text: string) => (all.has(text) || pair.test(text) ? REDACTED : text)
    return { text: () => REDACTED, datum }
  }
  const starts = known.map((value) => value.slice(0, LONG_MIN))
  const begins = searchFor(starts.filter((start) => start.length === LONG_MIN))
  const search = searchFor(known.filter((value) => value.length < LONG_MIN))
  const datum = (text: string) => {
    if (all.has(text) || pair.test(text) || (begins !== undefined && text.search(begins) >= 0))
      return REDACTED
    return search === undefined ? text : text.replaceAll(search, REDACTED)
  }
  const stumps = starts.flatMap(formsOf).map((form) => form.toLowerCase())
  return { text: (text) => withoutStump(datum(text), stumps), datum }
}

/** `"name": …`, `\"name\": …`, `name=…` and `<name>…`: what follows may be anything, and of any length. */
function pairOf(names: ReadonlySet<string>): RegExp {
  const any = [...names].map((name) => escaped(name)).join('|')
  return new RegExp(`(?<![\\w$-])(?:${any})\\\\*["']?\\s*[:=>]`)
}

/** Each in all its forms; undefined if there is none. */
function searchFor(values: readonly string[]): RegExp | undefined {
  const forms = values.flatMap(formsOf)
  // The longest first, so that none is found in part.
  const patterns = [...new Set(forms)].toSorted((a, b) => b.length - a.length).map(patternOf)
  return patterns.length === 0 ? undefined : new RegExp(patterns.join('|'), 'giu')
}

function patternOf(form: string): string {
  const pattern = escaped(form)
  return form.length > WORD_LENGTH_MAX ? pattern : `(?<![\\p{L}\\p{N}])${pattern}(?![\\p{L}\\p{N}])`
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)

/** As it is; as JSON has it, in ASCII alone too, with slashes that are escaped or not; as addresses and forms have it. */
function formsOf(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1)
  const ascii = json.replaceAll(/[^\x20-\x7e]/g, (unit) => {
    return String.raw`\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  const slashed = [json, ascii].map((text) => text.replaceAll('/', String.raw`\/`))
  const forms = [value, json, ascii, ...slashed]
  // Half a surrogate pair has no form in an address.
  if (!value.isWellFormed()) return forms
  return [...forms, encodeURIComponent(value), new URLSearchParams({ '': value }).toString().slice(1)]
}

/** Excerpts end anywhere: what is left of a value at the end tells much of it. `forms` are in lower case. */
function withoutStump(text: string, forms: readonly string[]): string {
  const told = text.toLowerCase()
  let cutAt = text.length
  for (const form of forms)
    for (let length = Math.min(form.length, text.length); length >= STUMP_MIN; length -= 1)
      if (told.endsWith(form.slice(0, length))) {
        cutAt = Math.min(cutAt, text.length - length)
        // Shorter ones cut less.
        break
      }
  return cutAt === text.length ? text : text.slice(0, cutAt) + REDACTED
}
