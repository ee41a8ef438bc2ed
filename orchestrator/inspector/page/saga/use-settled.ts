/** For what takes long to draw of a long saga: it is drawn when the slider rests, so that the slider never does. */
import { useEffect, useState } from 'preact/hooks'

/** Up to here all is drawn within a frame or two. */
const SHORT = 150
const REST_MS = 160

export function useSettled(seq: number, moments: number): number {
  const [settled, setSettled] = useState(seq)
  const isShort = moments <= SHORT
  useEffect(() => {
    const timer = setTimeout(() => setSettled(seq), isShort ? 0 : REST_MS)
    return () => clearTimeout(timer)
  }, [seq, isShort])
  return isShort ? seq : settled
}
