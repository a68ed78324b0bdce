import {
  AttributeEditor,
  type BatchContext,
  findField,
  payloadEnd,
  payloadStart,
  RESOURCE_FIELDS,
  type RewriteHooks,
  replaceField,
  SCHEMA_URL_FIELD,
  Splices,
  WireWriter,
} from '@otelier/otlp';
import type { DetectedResource } from './detection.ts';

/** Returns hooks that merge the detected attributes into every resource, and add a schema URL where there is none. */
export function mergeHooks(
  detected: () => DetectedResource | undefined,
  override: boolean,
): RewriteHooks<BatchContext> {
  const editor = new AttributeEditor();
  const splices = new Splices();
  let schemaUrl = '';
  let schemaField: Uint8Array = new Uint8Array();
  return {
    resource({ bytes, resourceStart, resourceEnd }) {
      const attributes = detected()?.attributes ?? [];
      if (attributes.length === 0) return 'keep';
      editor.reset(bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes);
      for (const attribute of attributes) if (override || !editor.has(attribute.key)) editor.set(attribute);
      splices.clear();
      return editor.record(splices) ? splices.apply(bytes, resourceStart, resourceEnd) : 'keep';
    },
    leave(kind, { bytes, resourceGroupStart: start, resourceGroupEnd: end, splices: changes }) {
      const url = detected()?.schemaUrl ?? '';
      if (kind !== 'resource' || url === '') return 0;
      const value = findField(bytes, start, end, SCHEMA_URL_FIELD);
      if (value >= 0 && payloadEnd(bytes, value) > payloadStart(bytes, value)) return 0;
      if (url !== schemaUrl) {
        schemaUrl = url;
        schemaField = encodeSchemaUrl(url);
      }
      replaceField(changes, bytes, start, end, SCHEMA_URL_FIELD, schemaField);
      return 0;
    },
  };
}

function encodeSchemaUrl(url: string): Uint8Array {
  const writer = new WireWriter();
  writer.stringField(SCHEMA_URL_FIELD, url);
  return writer.finish();
}
