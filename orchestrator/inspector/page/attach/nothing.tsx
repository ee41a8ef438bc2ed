import { attachment } from './attached.ts'

/** As somebody would write it, with the address of this very page. */
const snippet = () => `import { createBrowserInspector } from '@statelyai/inspect'
import { createActor } from 'xstate'

const { inspect } = createBrowserInspector({ url: '${location.origin}${location.pathname}' })
createActor(machine, { inspect }).start()`

export function Nothing() {
  return (
    <main class="attach-nothing">
      <h2>{attachment.value === 'waiting' ? 'The app has not told anything yet' : 'Nothing is attached'}</h2>
      <p>
        This page shows what any XState app in a browser does: its machines on their charts, its events, its
        snapshots. Nothing of it leaves this browser but the definitions of machines, which the server lays
        out.
      </p>
      <p>In the app, with the package of Stately:</p>
      <pre class="attach-json" tabIndex={0} role="region" aria-label="How an app attaches">
        <code>{snippet()}</code>
      </pre>
      <p>
        The app then opens this page by itself; given <code>iframe</code>, it shows it in that frame. Its
        origin has to be one that <code>INSPECTOR_ATTACH_ORIGINS</code> names.
      </p>
      <p>
        <a href="../inspector">To the sagas of this server</a>
      </p>
    </main>
  )
}
