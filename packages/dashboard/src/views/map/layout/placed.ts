/** A rectangle. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A node to place. Peers, which send no spans, are in a layer of their own at the right. */
export interface LayoutNode {
  readonly id: string;
  readonly isPeer: boolean;
}

export interface LayoutEdge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

/** A node with its place. */
export interface PlacedNode extends Box {
  readonly id: string;
  readonly layer: number;
}

/** An edge with its course. */
export interface PlacedEdge extends LayoutEdge {
  /** The course as an SVG path. */
  readonly path: string;
  /** Points on the course, a few pixels apart, for finding the edge under the pointer. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Whether the edge stays in its layer, goes back, or passes over two layers or more. Such edges are folded. */
  readonly isLong: boolean;
}

/** Where everything of the map is. */
export interface MapLayout {
  readonly width: number;
  readonly height: number;
  /** In reading order: by layer, then from top to bottom. */
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly heads: readonly { readonly text: string; readonly x: number }[];
  /** Whether nodes have a single line, because there are many. */
  readonly isDense: boolean;
}
