// Three participants that answer at once, in a process of their own: what is measured is the engine.
import { createServer } from 'node:http'

const REPLIES: Record<string, string> = {
  lock: JSON.stringify({ lignes: [{ produit_id: 501, quantite: 3, prix_unitaire: '39.99' }] }),
  reservations: JSON.stringify({ reservation_id: '0' }),
  ventes: JSON.stringify({ vente_id: 1 }),
}

const server = createServer((request, response) => {
  request.resume()
  request.on('end', () => {
    const route = request.url?.split('/').findLast((part) => part in REPLIES) ?? 'lock'
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(REPLIES[route])
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as { port: number }).port)
})
process.on('disconnect', () => process.exit())
