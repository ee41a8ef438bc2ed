import t from 'tap'
import { machines } from '../../machines/registry.ts'
import { answer, scriptedServer } from '../../test/kit/scripted-server.ts'
import { serviceEventsOf } from './service-events.ts'

const saga = { sagaId: 'a', machine: 'commande', version: '2' }

t.test('participants are asked with their token, and nobody that one of them points to', async (t) => {
  const elsewhere = await scriptedServer(t, answer(200, [{ of: 'somebody else' }]))
  const pointing = await scriptedServer(t, answer(302, undefined, { location: elsewhere.url }))
  const telling = await scriptedServer(t, answer(200, [{ n: 2 }, { n: 1 }]))
  const participants = { carts: pointing.url, stocks: telling.url, produits: telling.url }
  t.strictSame(await serviceEventsOf(saga, { machines, participants, serviceToken: 'a-service-token' }), {
    carts: { error: 'its answer is no list' },
    stocks: [{ n: 1 }, { n: 2 }],
    produits: [{ n: 1 }, { n: 2 }],
  })
  t.strictSame(elsewhere.asked, [])
  for (const { headers } of [...pointing.asked, ...telling.asked])
    t.equal(headers.authorization, 'Bearer a-service-token')
})
