// Three participants that answer at once, in a process of their own: what is measured is the engine. Under /held they
// never answer, and under /refusing they can do nothing, and undo nothing.
import { createServer } from 'node:http'

const REPLIES: Record<string, string> = {
  lock: JSON.stringify({ lignes: [{ produit_id: 501, quantite: 3, prix_unitaire: '39.99' }] }),
  reservations: JSON.stringify({ reservation_id: '0' }),
  ventes: JSON.stringify({ vente_id: 1 }),
}

const server = createServer((request, response) => {
  request.resume()
  request.on('end', () => {
    if (request.url?.startsWith('/held/')) return
    const route = request.url?.split('/').findLast((part) => part in REPLIES) ?? 'lock'
    response.writeHead(request.url?.startsWith('/refusing/') ? 500 : 200, {
      'content-type': 'application/json',
    })
    response.end(REPLIES[route])
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as { port: number }).port)
})
process.on('disconnect', () => process.exit())
