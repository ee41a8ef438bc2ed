/** One verb for many sagas, for who asks for it. */
import { lazily } from '../lazily.tsx'

export const BulkDialog = lazily(async () => (await import('./bulk-view.tsx')).BulkView)
