import { AttributeEditor, EncodedAttribute, RESOURCE_FIELDS, rewriteItems, type Signal, Splices } from '@otelier/otlp';
import type { Headers } from './message.ts';

/** Adds headers of a message to each resource of its request, as attributes whose names are `prefix` and the header. */
export function addHeaderAttributes(
  signal: Signal,
  request: Uint8Array,
  headers: Headers,
  names: readonly string[],
  prefix: string,
): Uint8Array {
  const attributes = names.flatMap((name) => {
    const value = headers[name.toLowerCase()]?.[0];
    return value === undefined ? [] : [EncodedAttribute.of(prefix + name, value)];
  });
  if (attributes.length === 0) return request;
  const editor = new AttributeEditor();
  const { bytes } = rewriteItems(signal, request, {
    resource({ bytes: source, resourceStart, resourceEnd }) {
      editor.reset(source, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes);
      for (const attribute of attributes) editor.set(attribute);
      const splices = new Splices();
      return editor.record(splices) ? splices.apply(source, resourceStart, resourceEnd) : 'keep';
    },
  });
  return bytes ?? request;
}
