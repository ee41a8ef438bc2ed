// The three calls, as everybody here makes them who has no client of his own.
import { Agent } from 'node:http'
import got from 'got'

type Call = (id: string) => Promise<object>

export interface Caller {
  /** To be made one after the other, each with the id of the saga. */
  readonly calls: readonly [Call, Call, Call]
  readonly close: () => void
}

export function caller(stubs: string): Caller {
  const agent = new Agent({ keepAlive: true })
  const client = got.extend({ agent: { http: agent }, retry: { limit: 0 } })
  const calls: Caller['calls'] = [
    (id: string) =>
      client.post(`${stubs}/api/caisse/${id}/lock/`, { json: { magasin_id: 101 } }).json<object>(),
    (id: string) =>
      client.post(`${stubs}/api/stock/reservations/`, { json: { reservation_id: id } }).json<object>(),
    (id: string) => client.post(`${stubs}/api/produits/ventes/`, { json: { cart_id: id } }).json<object>(),
  ]
  return { calls, close: () => agent.destroy() }
}
