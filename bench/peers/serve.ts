// Runs a peer in a process of its own, under the orders of the bench: measure, again and again, until it hangs up.
import { measure, type Load } from '../load.ts'

export interface PeerPlace {
  /** Where the stub participants answer. */
  readonly stubs: string
  /** A database of the peer's own, empty. */
  readonly databaseUrl: string
  /** An empty folder of the peer's own, gone after the run. */
  readonly folder: string
  /** Which way to run it, for one that is measured in more than one. */
  readonly variant: string | undefined
}

export interface Peer extends Load {
  close(): Promise<void>
}

export async function serve(open: (place: PeerPlace) => Promise<Peer>): Promise<void> {
  const [stubs = '', databaseUrl = '', folder = '', variant] = process.argv.slice(2)
  const peer = await open({ stubs, databaseUrl, folder, variant })
  const answer = async ({ concurrency, seconds }: { concurrency: number; seconds: number }) => {
    process.send?.(await measure(peer, concurrency, seconds))
  }
  const end = async () => {
    await peer.close()
    process.exit()
  }
  process.on('message', (order: { concurrency: number; seconds: number }) => void answer(order))
  process.on('disconnect', () => void end())
  process.send?.('ready')
}
