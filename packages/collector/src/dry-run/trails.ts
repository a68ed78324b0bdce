import { type Batch, forEachItem } from '@otelier/otlp';
import { identityOf } from './item-identity.ts';

/** Where an item is in a request, with its resource. */
export interface ItemBytes {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly resourceStart: number;
  readonly resourceEnd: number;
}

/** The way of an item through a pipeline. */
export interface Trail {
  /** The item as it entered; `undefined` if a component of the pipeline has created it. */
  readonly entered: ItemBytes | undefined;
  /** The component that it reached last. */
  at: string;
  /** The item as it left; `undefined` if it did not. */
  left: ItemBytes | undefined;
}

/** An edge of a pipeline, by the names of its components. */
export interface TrailEdge {
  readonly pipeline: string;
  readonly to: string;
  /** Whether items enter the pipeline here. */
  readonly isEntrance: boolean;
  /** Whether items leave the pipeline here. */
  readonly isExit: boolean;
}

/** The ways of items, by pipeline. */
export class Trails {
  readonly byPipeline: Map<string, { readonly signal: string; readonly items: Map<string, Trail> }> = new Map();
  /** Number of items that entered a pipeline without anything that identifies them. */
  unidentifiedItems = 0;

  note({ pipeline, to, isEntrance, isExit }: TrailEdge, { signal, parts }: Batch): void {
    const known = this.byPipeline.get(pipeline) ?? { signal, items: new Map<string, Trail>() };
    this.byPipeline.set(pipeline, known);
    const { items } = known;
    for (const part of parts) {
      forEachItem(signal, part, (item) => {
        const key = identityOf(signal, item);
        if (key === undefined) {
          if (isEntrance) this.unidentifiedItems += 1;
          return;
        }
        const { bytes, start, end, resourceStart, resourceEnd } = item;
        const place = { bytes, start, end, resourceStart, resourceEnd };
        const trail = items.get(key) ?? { entered: isEntrance ? place : undefined, at: to, left: undefined };
        items.set(key, trail);
        trail.at = to;
        if (isExit) trail.left ??= place;
      });
    }
  }
}
