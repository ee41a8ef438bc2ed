/** The kinds of settings: what each may be, and how a fault in it is told. `allowed` completes the sentence "it must be …". */
import Type from 'typebox'

export const url = (allowed: string, pattern: string) => ({ format: 'url', pattern, allowed })
export const httpUrl = url('an http:// or https:// URL', '^https?://')
export const wholeNumber = (minimum: number, maximum: number, value: number, description: string) =>
  Type.Integer({
    minimum,
    maximum,
    default: value,
    description,
    allowed: `a whole number from ${minimum} to ${maximum}`,
  })

/** Never shown, and read from the file that `<name>_FILE` names where that is set. */
export const secret = { isSecret: true } as const

export const day = 86_400_000
