/**
 * Regions of a machine that is one parallel state: if no arrow joins them they need not stand in one row, so each is laid
 * out for itself, and they are packed as a page is wide.
 */
import type { ElkExtendedEdge, ElkNode, LayoutOptions } from 'elkjs/lib/elk-api.js'

/** Fewer fit in a row. */
const REGIONS_MIN = 3

const PACKED: LayoutOptions = {
  'elk.algorithm': 'rectpacking',
  'elk.hierarchyHandling': 'SEPARATE_CHILDREN',
  'elk.rectpacking.widthApproximation.targetWidth': '900',
  'elk.rectpacking.widthApproximation.strategy': 'TARGET_WIDTH',
}

/** Null where they must be laid out together. */
export function packed(root: ElkNode): ElkNode | null {
  const { children = [], edges = [] } = root
  const regionOf = new Map(children.flatMap((region) => idsIn(region).map((id) => [id, region.id])))
  const regionOfEdge = ({ sources, targets }: ElkExtendedEdge) => {
    const [region, ...others] = new Set([...sources, ...targets].map((id) => regionOf.get(id)))
    return others.length === 0 ? region : undefined
  }
  const byRegion = Map.groupBy(edges, regionOfEdge)
  if (children.length < REGIONS_MIN || byRegion.has(undefined)) return null
  const regions = children.map((region) => ({ ...region, edges: byRegion.get(region.id) ?? [] }))
  return { ...root, layoutOptions: { ...root.layoutOptions, ...PACKED }, children: regions, edges: [] }
}

const idsIn = ({ id, children = [] }: ElkNode): string[] => [id, ...children.flatMap(idsIn)]
