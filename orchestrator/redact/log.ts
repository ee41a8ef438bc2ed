/**
 * What a log says where something is out of sight. Nobody knows there what the values are, so of an error only what it
 * is and where it came from is told, and nothing in words that it, a participant or Postgres chose. Pure.
 */
import type { LoggerOptions } from 'pino'
import { REDACTED, redactor } from './redact.ts'

type LogOptions = Pick<LoggerOptions, 'formatters' | 'serializers'>

/** For pino; nothing where nothing is out of sight. */
export function logOptions(names: readonly string[]): LogOptions {
  if (names.length === 0) return {}
  const hidden = new Set(names)
  const redact = redactor({ names: hidden })
  return {
    formatters: {
      log: (line) => {
        const members = Object.entries(line).map(([name, value]) => {
          if (name === 'err' || value instanceof Error) return [name, errorInShort(value)] as const
          if (name === 'url' && typeof value === 'string') return [name, value.split('?', 1)[0]] as const
          return [name, WORDS.has(name) || hidden.has(name) ? REDACTED : redact(value)] as const
        })
        return Object.fromEntries(members)
      },
    },
    // Of a line that is nothing but an error.
    serializers: { err: errorInShort },
  }
}

const WORDS = new Set(['reason', 'message', 'detail', 'answer', 'error'])
const CAUSES_MAX = 5

interface ErrorInShort {
  readonly type: string
  readonly code?: string
  readonly stack?: string
  readonly cause?: ErrorInShort
}

/** With the frames of its stack, which begins with the message. */
export function errorInShort(error: unknown, depth = 0): ErrorInShort {
  if (typeof error !== 'object' || error === null) return { type: typeof error }
  const { name, code, stack, message, cause } = error as Readonly<Record<string, unknown>>
  const frames = framesIn(String(stack), String(message))
  return {
    type: typeof name === 'string' ? name : 'Error',
    ...(typeof code === 'string' && { code }),
    ...(frames !== undefined && { stack: frames }),
    ...(cause !== undefined && depth < CAUSES_MAX && { cause: errorInShort(cause, depth + 1) }),
  }
}

/** What a message says in the form of a frame is none. */
function framesIn(stack: string, message: string): string | undefined {
  const at = stack.indexOf(message)
  return stack
    .slice(at < 0 ? 0 : at + message.length)
    .match(/^ {4}at .*$/gm)
    ?.join('\n')
}
