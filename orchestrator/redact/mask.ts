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
  const long = known.filter((value) => value.length >= LONG_MIN).map((value) => value.slice(0, LONG_MIN))
  const short = known.filter((value) => value.length < LONG_MIN)
  const search = searchFor(short)
  const datum = (text: string) => {
    if (all.has(text) || pair.test(text) || long.some((start) => text.includes(start))) return REDACTED
    return search === undefined ? text : text.replaceAll(search, REDACTED)
  }
  return { text: (text) => withoutStump(datum(text), known), datum }
}

/** `"name": …`, `\"name\": …`, `name=…` and `<name>…`: what follows may be anything, and of any length. */
function pairOf(names: ReadonlySet<string>): RegExp {
  const any = [...names].map((name) => escaped(name)).join('|')
  return new RegExp(`(?<![\\w$-])(?:${any})\\\\*["']?\\s*[:=>]`)
}

/** Each as it is, as JSON has it and as an address has it; undefined if there is none. */
function searchFor(values: readonly string[]): RegExp | undefined {
  const forms = values.flatMap((value) => [value, JSON.stringify(value).slice(1, -1), addressed(value)])
  // The longest first, so that none is found in part.
  const patterns = [...new Set(forms)].toSorted((a, b) => b.length - a.length).map(patternOf)
  return patterns.length === 0 ? undefined : new RegExp(patterns.join('|'), 'giu')
}

function patternOf(form: string): string {
  const pattern = escaped(form)
  return form.length > WORD_LENGTH_MAX ? pattern : `(?<![\\p{L}\\p{N}])${pattern}(?![\\p{L}\\p{N}])`
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)

/** Half a surrogate pair has no form in an address. */
const addressed = (value: string) => (value.isWellFormed() ? encodeURIComponent(value) : value)

/** Excerpts end anywhere: what is left of a value at the end tells much of it. */
function withoutStump(text: string, values: readonly string[]): string {
  let cutAt = text.length
  for (const value of values)
    for (let length = Math.min(value.length, text.length); length >= STUMP_MIN; length -= 1)
      if (text.endsWith(value.slice(0, length))) cutAt = Math.min(cutAt, text.length - length)
  return cutAt === text.length ? text : text.slice(0, cutAt) + REDACTED
}
