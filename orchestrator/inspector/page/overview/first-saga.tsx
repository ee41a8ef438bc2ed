import { useSignal } from '@preact/signals'
import { Icon } from '../icon/icon.tsx'

/** An order needs a cart and stock: the three lines of the README's first order. */
function commandsOf(origin: string): string {
  const json = "-H 'Content-Type: application/json'"
  return [
    `curl -X PUT ${origin}/api/stock/101/501/ ${json} -d '{"quantite": 15}'`,
    `CART=$(curl -s -X POST ${origin}/api/caisse/ ${json} \\`,
    `  -d '{"magasin_id": 101, "lignes": [{"produit_id": 501, "quantite": 3, "prix_unitaire": "39.99"}]}' \\`,
    `  | sed 's/.*"cart_id":"\\([^"]*\\)".*/\\1/')`,
    `curl -X POST ${origin}/api/orchestrator/ ${json} \\`,
    `  -d "{\\"cart_id\\": \\"$CART\\", \\"magasin_id\\": 101}"`,
  ].join('\n')
}

/** What to do where there is nothing to see. */
export function FirstSaga() {
  const isCopied = useSignal(false)
  const commands = commandsOf(location.origin)
  const copy = async () => {
    await navigator.clipboard.writeText(commands)
    isCopied.value = true
  }
  return (
    <section class="first-saga" aria-labelledby="first-saga-title">
      <h2 id="first-saga-title">No saga has begun yet</h2>
      <p>
        Where <code>npm start</code> runs, this puts something in stock, fills a cart, and orders it. The saga
        shows up here at once.
      </p>
      <pre tabIndex={0}>{commands}</pre>
      <p>
        <button type="button" class="button" onClick={() => void copy()}>
          <Icon name={isCopied.value ? 'done' : 'copy'} /> {isCopied.value ? 'Copied' : 'Copy'}
        </button>{' '}
        or <code>npx skald demo</code> plays all that can go wrong.
      </p>
    </section>
  )
}
