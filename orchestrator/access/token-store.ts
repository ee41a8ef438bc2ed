/**
 * The tokens that may call, as their file has them now. It is looked at each second, so that a token is given and taken
 * without a restart. While it can't be used those that were read before hold: a slip of an editor locks nobody out.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { ConfigError } from '../config.ts'
import { unauthenticated, type Identity, type Refusal } from './identity.ts'
import { parseTokenFile, type TokenEntry } from './token-file.ts'

const LOOK_EVERY_MS = 1_000

export interface TokenStoreOptions {
  readonly path: string
  /** Of tokens that have none of their own. */
  readonly rateLimit: number
  readonly log: Pick<FastifyBaseLogger, 'info' | 'error'>
  /** Told when the file can't be used any more, and when it can again. */
  readonly onStale: (isStale: boolean) => void
  readonly lookEveryMs?: number
}

interface KnownToken {
  readonly sha256: Buffer
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  readonly identity: Identity
}

export class TokenStore {
  readonly #options: TokenStoreOptions
  readonly #ending = new AbortController()
  #tokens: readonly KnownToken[] = []
  /** Of the file as it was read, told by its times, size and inode; undefined if it could not be used. */
  #mark: string | undefined
  #fault: string | undefined

  private constructor(options: TokenStoreOptions) {
    this.#options = options
  }

  /** Throws a ConfigError if the file can't be used. */
  static async open(options: TokenStoreOptions): Promise<TokenStore> {
    const store = new TokenStore(options)
    try {
      await store.#read()
    } catch (error) {
      throw new ConfigError(
        `ACCESS_TOKENS_FILE is ${JSON.stringify(options.path)}: ${faultOf(error)}. \`skald token create\` makes such a file.`,
      )
    }
    void store.#watch()
    return store
  }

  authenticate(token: string): Identity | Refusal {
    const digest = createHash('sha256').update(token).digest()
    // All of them, whichever fits: the time tells nothing of where it stands, nor whether it is there.
    const fits = this.#tokens.map(({ sha256 }) => timingSafeEqual(sha256, digest))
    const found = this.#tokens[fits.indexOf(true)]
    if (found === undefined)
      return unauthenticated('unknown_token', 'This token is not known here; it may have been revoked.')
    if (found.expiresAt > Date.now()) return found.identity
    const at = new Date(found.expiresAt).toISOString()
    return unauthenticated('expired_token', `This token expired at ${at}; ask for a new one.`)
  }

  close(): void {
    this.#ending.abort()
  }

  async #watch(): Promise<void> {
    const { lookEveryMs = LOOK_EVERY_MS } = this.#options
    const { signal } = this.#ending
    while (!signal.aborted) {
      await sleep(lookEveryMs, undefined, { signal, ref: false }).catch(() => undefined)
      if (!signal.aborted) await this.#look()
    }
  }

  async #look(): Promise<void> {
    const { path, log, onStale } = this.#options
    try {
      if (!(await this.#read())) return
      onStale(false)
      this.#fault = undefined
      log.info({ file: path, tokens: this.#tokens.map(({ identity }) => identity.name) }, 'tokens read again')
    } catch (error) {
      // It is tried again with the next look, and told once.
      this.#mark = undefined
      const fault = faultOf(error)
      if (fault === this.#fault) return
      this.#fault = fault
      onStale(true)
      log.error({ file: path, fault }, 'the file of tokens can not be used; those that were read before hold')
    }
  }

  /** False if it is as it was. */
  async #read(): Promise<boolean> {
    const { path, rateLimit } = this.#options
    // Before the text: what is written between the two is another file to the next look.
    const mark = await markOf(path)
    if (mark === this.#mark) return false
    this.#tokens = parseTokenFile(await readFile(path, 'utf8')).map((entry) => known(entry, rateLimit))
    this.#mark = mark
    return true
  }
}

async function markOf(path: string): Promise<string> {
  const { mtimeNs, ctimeNs, size, ino } = await stat(path, { bigint: true })
  return [mtimeNs, ctimeNs, size, ino].join(' ')
}

function known({ name, roles, sha256, expires_at, rate_limit }: TokenEntry, rateLimit: number): KnownToken {
  return {
    sha256: Buffer.from(sha256, 'hex'),
    expiresAt: expires_at === undefined ? Infinity : Date.parse(expires_at),
    identity: { name, roles, rateLimit: rate_limit ?? rateLimit },
  }
}

function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error ? `that file can not be read (${String(error.code)})` : error.message
}
