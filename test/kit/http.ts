// An HTTP client for tests.
import got from 'got'

/** Takes every status for an answer, and never repeats a call by itself. */
export const http = got.extend({ throwHttpErrors: false, retry: { limit: 0 }, responseType: 'json' })
