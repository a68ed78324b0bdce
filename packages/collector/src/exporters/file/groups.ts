import { type Batch, ResourceView } from '@otelier/otlp';
import { splitByKey } from '../../messages/split-batch.ts';
import { perResource } from '../load_balancing/per-group.ts';

/** Requests with the items that belong to one file. */
export interface FileGroup {
  /** Value of the attribute; empty without grouping. */
  readonly value: string;
  readonly requests: readonly Uint8Array[];
  readonly itemCount: number;
}

/** A batch by file, and the number of items that belong to none. */
export interface GroupedBatch {
  readonly groups: readonly FileGroup[];
  readonly unassignedItems: number;
}

/** Groups a batch by a text attribute of its resources. */
export function groupByAttribute({ signal, parts }: Batch, attribute: string): GroupedBatch {
  const resource = new ResourceView();
  const textOf = perResource(({ bytes, resourceStart, resourceEnd }) => {
    const value = resource.reset(bytes, resourceStart, resourceEnd).attributes.get(attribute);
    return typeof value === 'string' ? value : undefined;
  });
  const groups = new Map<string, { value: string; requests: Uint8Array[]; itemCount: number }>();
  let unassignedItems = 0;
  for (const part of parts) {
    for (const { key, request, itemCount } of splitByKey(signal, part, textOf)) {
      if (key === undefined) {
        unassignedItems += itemCount;
        continue;
      }
      const group = groups.get(key) ?? { value: key, requests: [], itemCount: 0 };
      groups.set(key, group);
      group.requests.push(request);
      group.itemCount += itemCount;
    }
  }
  return { groups: [...groups.values()], unassignedItems };
}
