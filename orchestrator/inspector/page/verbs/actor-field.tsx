import { signedIn } from '../session.ts'
import { TextField } from './fields.tsx'

interface ActorFieldProps {
  readonly value: string
  readonly isFirst?: boolean
  readonly fault: string
  readonly onValue: (value: string) => void
}

/** Who does it, where Skald does not know. */
export function ActorField(props: ActorFieldProps) {
  if (signedIn.value !== null) return <p class="form-hint">By {signedIn}.</p>
  return <TextField label="Who are you?" maxLength={200} autoComplete="name" {...props} />
}
