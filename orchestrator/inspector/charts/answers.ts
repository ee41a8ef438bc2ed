/** What the thread that draws answers to a definition. Charts and drawings are JSON as text, which is passed on as it is. */

export type Told =
  | { readonly kind: 'chart'; readonly chart: string }
  | { readonly kind: 'mermaid'; readonly mermaid: string }
  /** The last word: `null` for a chart that can't be drawn. */
  | { readonly kind: 'drawing'; readonly drawing: string }
  /** It is no definition; why, in words. */
  | { readonly kind: 'refused'; readonly why: string }
