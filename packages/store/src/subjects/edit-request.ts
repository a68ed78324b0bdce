import { type ItemCursor, type MessageName, type RewriteHooks, rewriteItems, type Signal } from '@otelier/otlp';
import type { ErasedParts } from './contract.ts';
import { hasWanted, itemMessage, type Wanted, withoutWanted } from './item-match.ts';
import type { ItemSelection } from './item-selection.ts';

/** What an edit removes. */
export interface RequestEdit {
  readonly signal: Signal;
  readonly selected: ItemSelection;
  /** Items that stay as they are, by the ID of the legal hold. */
  readonly held: ReadonlyMap<string, ItemSelection>;
  /** `items` removes selected items; `values` removes what is wanted from them. */
  readonly parts: ErasedParts;
  readonly wanted: Wanted;
}

/** A request after an edit. */
export interface EditedRequest {
  /** The given array if nothing changed; `undefined` if nothing is left. */
  readonly bytes: Uint8Array | undefined;
  /** Number of items that were removed or changed. */
  readonly items: number;
  /** Number of selected items that are held. */
  readonly held: number;
  readonly holds: ReadonlySet<string>;
}

/** Removes selected items of a request, or what is wanted from them. Held items stay. `arrivalMillis` is when it arrived. */
export function editRequest(request: Uint8Array, edit: RequestEdit, arrivalMillis: number): EditedRequest {
  if (edit.signal === 'profiles') return editProfiles(request, edit);
  const { signal, selected, parts, wanted } = edit;
  let [items, held] = [0, 0];
  const holds = new Set<string>();
  const isSelected = (cursor: ItemCursor): boolean => {
    if (!selected.has(cursor, arrivalMillis)) return false;
    const holding = [...edit.held].filter(([, hold]) => hold.has(cursor, arrivalMillis));
    for (const [id] of holding) holds.add(id);
    if (holding.length > 0) held += 1;
    else items += 1;
    return holding.length === 0;
  };
  if (parts === 'items') {
    const { bytes } = rewriteItems(signal, request, { item: (cursor) => (isSelected(cursor) ? 'drop' : 'keep') });
    return { bytes, items, held, holds };
  }
  const hooks: RewriteHooks = {
    item(cursor) {
      if (!isSelected(cursor)) return 'keep';
      return withoutWanted(cursor.bytes, cursor.start, cursor.end, itemMessage(signal, cursor), wanted);
    },
  };
  const { bytes = request } = rewriteItems(signal, request, hooks);
  // Held items share their resource, scope and metric with others.
  return { bytes: held > 0 ? bytes : withoutWantedOwners(signal, bytes, wanted), items, held, holds };
}

/** Returns a request without what is wanted from its resources, scopes and metrics. */
function withoutWantedOwners(signal: Signal, request: Uint8Array, wanted: Wanted): Uint8Array {
  const edit = (bytes: Uint8Array, start: number, end: number, name: MessageName) =>
    hasWanted(bytes, start, end, name, wanted) ? withoutWanted(bytes, start, end, name, wanted) : 'keep';
  const result = rewriteItems(signal, request, {
    resource: ({ bytes, resourceStart, resourceEnd }) => edit(bytes, resourceStart, resourceEnd, 'Resource'),
    scope: ({ bytes, scopeStart, scopeEnd }) => edit(bytes, scopeStart, scopeEnd, 'InstrumentationScope'),
    metric: ({ bytes, metricStart, metricEnd }) => edit(bytes, metricStart, metricEnd, 'Metric'),
  });
  return result.bytes ?? request;
}

/** Returns a request with only the selected items, at most `limit`; `undefined` if there are none. */
export function selectedItems(
  signal: Signal,
  request: Uint8Array,
  selected: ItemSelection,
  arrivalMillis: number,
  limit = Number.POSITIVE_INFINITY,
): { readonly bytes: Uint8Array; readonly items: number } | undefined {
  let items = 0;
  const { bytes } = rewriteItems(signal, request, {
    item(cursor) {
      if (items >= limit || !selected.has(cursor, arrivalMillis)) return 'drop';
      items += 1;
      return 'keep';
    },
  });
  return bytes === undefined || items === 0 ? undefined : { bytes, items };
}

/** Profiles share a dictionary, so that a request is removed as a whole. */
function editProfiles(request: Uint8Array, { wanted, held }: RequestEdit): EditedRequest {
  const texts = [...wanted.texts, ...wanted.values];
  const isFound = hasWanted(request, 0, request.length, 'ProfilesData', { ...wanted, texts });
  if (!isFound) return { bytes: request, items: 0, held: 0, holds: new Set() };
  if (held.size > 0) return { bytes: request, items: 0, held: 1, holds: new Set(held.keys()) };
  return { bytes: undefined, items: 1, held: 0, holds: new Set() };
}
