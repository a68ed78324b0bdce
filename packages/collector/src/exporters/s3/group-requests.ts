import {
  countItems,
  findField,
  forEachPayload,
  payloadEnd,
  payloadStart,
  ResourceView,
  type Signal,
  WireWriter,
} from '@otelier/otlp';
import { attributeText } from '../../json/attribute-json.ts';

/** Resources of a batch that are written to one object. */
export interface RequestGroup {
  /** An export request. */
  readonly bytes: Uint8Array;
  readonly itemCount: number;
  /** Values of the attributes, in their order; empty where a resource has none. */
  readonly values: readonly string[];
}

/** Field numbers of export requests and of `ResourceSpans` and the like. */
const GROUPS = 1;
const RESOURCE = 1;

/** Merges requests, and splits them by the values of attributes of their resources. */
export function groupRequests(
  signal: Signal,
  requests: readonly Uint8Array[],
  attributes: readonly string[],
): readonly RequestGroup[] {
  const [only, ...rest] = requests;
  const merged = only !== undefined && rest.length === 0 ? only : Buffer.concat(requests);
  if (attributes.every((name) => name === ''))
    return [{ bytes: merged, itemCount: countItems(signal, merged), values: attributes.map(() => '') }];
  const groups = new Map<string, { readonly values: readonly string[]; readonly writer: WireWriter }>();
  const view = new ResourceView();
  forEachPayload(merged, 0, merged.length, GROUPS, (start, end) => {
    const resource = findField(merged, start, end, RESOURCE);
    const from = resource < 0 ? end : payloadStart(merged, resource);
    view.reset(merged, from, resource < 0 ? end : payloadEnd(merged, resource));
    const values = attributes.map((name) => (name === '' ? '' : attributeText(view.attributes.get(name))));
    const key = JSON.stringify(values);
    const group = groups.get(key) ?? { values, writer: new WireWriter(end - start + 16) };
    groups.set(key, group);
    group.writer.bytesField(GROUPS, merged.subarray(start, end));
  });
  return [...groups.values()].map(({ values, writer }) => {
    const bytes = writer.finish();
    return { bytes, itemCount: countItems(signal, bytes), values };
  });
}
