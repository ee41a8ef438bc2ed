/** Who is signed in, and the way out. */
import './sign-in.css'
import { Icon } from '../icon/icon.tsx'
import { signedIn } from '../session.ts'

export function Account() {
  return (
    <div class="account">
      <Icon name="person" />
      <span title={`Signed in as ${signedIn.value}`}>{signedIn}</span>
      <button type="button" class="button" onClick={() => void signOut()}>
        Sign out
      </button>
    </div>
  )
}

async function signOut(): Promise<void> {
  // Where it can not be reached, nobody can see anything either: the page begins anew, and says so.
  await fetch('/inspector/api/session', { method: 'DELETE' }).catch(() => undefined)
  location.reload()
}
