/** The way in, where Skald asks who looks. */
import './sign-in.css'
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { ApiError, post } from '../api.ts'

export function SignIn() {
  const token = useSignal('')
  const fault = useSignal('')
  const isSending = useSignal(false)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [fault.value])
  const onSubmit = async (event: Event) => {
    event.preventDefault()
    if (isSending.peek()) return
    fault.value = ''
    isSending.value = true
    fault.value = await signIn(token.peek().trim())
    isSending.value = false
  }
  return (
    <main class="sign-in" id="detail" tabIndex={-1}>
      <form noValidate onSubmit={(event) => void onSubmit(event)}>
        <h2>Sign in</h2>
        <p>This Skald asks who looks at its sagas.</p>
        <label for="token">Token</label>
        <input
          ref={field}
          id="token"
          class="field"
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          value={token}
          aria-invalid={fault.value !== ''}
          aria-describedby="token-fault token-hint"
          onInput={({ currentTarget }) => (token.value = currentTarget.value)}
        />
        <p id="token-fault" class="sign-in-fault" role="alert">
          {fault}
        </p>
        <p id="token-hint">
          Who runs Skald makes one: <code>skald token create NAME --role read --role operate</code>
        </p>
        <button type="submit" class="button is-primary" aria-disabled={isSending}>
          {isSending.value ? 'Signing in …' : 'Sign in'}
        </button>
      </form>
    </main>
  )
}

/** Why it did not, or nothing: then the page begins anew, where its address says. */
async function signIn(token: string): Promise<string> {
  if (token === '') return 'Say which token.'
  try {
    await post('/inspector/api/session', { token })
    location.reload()
    return ''
  } catch (error) {
    if (error instanceof ApiError) return error.message
    throw error
  }
}
