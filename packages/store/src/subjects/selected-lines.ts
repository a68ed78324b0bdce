import { requestToJson, type Signal } from '@otelier/otlp';
import type { Store } from '../contract.ts';
import type { SubjectQuery } from './contract.ts';
import { selectedItems } from './edit-request.ts';
import { hasWanted, mayContain, wantedOf } from './item-match.ts';
import { ItemSelection } from './item-selection.ts';

/** Yields the stored items of a subject as OTLP/JSON, one export request per line. */
export async function* selectedLines(store: Store, signal: Signal, query: SubjectQuery): AsyncGenerator<string> {
  const wanted = wantedOf(query.terms);
  const selected = new ItemSelection(signal, [wanted], query);
  const { tenant, start, end } = query;
  const range = { ...(start !== undefined && { start }), ...(end !== undefined && { end }) };
  for await (const request of store.export({ tenant, signal, ...range })) {
    if (!mayContain(request, wanted)) continue;
    // Profiles share a dictionary, so that a request is selected as a whole.
    const isWhole = signal === 'profiles' && hasWanted(request, 0, request.length, 'ProfilesData', wanted);
    const found = isWhole ? request : selectedItems(signal, request, selected, 0)?.bytes;
    if (found !== undefined) yield `${requestToJson(signal, found)}\n`;
  }
}
