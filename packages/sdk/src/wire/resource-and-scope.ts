import { TagWriter } from '@otelier/otlp';
import { type AttributeData, writeAttributes } from './attributes.ts';
import {
  RESOURCE_ATTRIBUTES,
  RESOURCE_LEVEL_RESOURCE,
  SCHEMA_URL,
  SCOPE_ATTRIBUTES,
  SCOPE_LEVEL_SCOPE,
  SCOPE_NAME,
  SCOPE_VERSION,
} from './tags.ts';

/** Encodes the resource-level fields other than the scopes: `resource` and `schema_url`. */
export function encodeResource(attributes: AttributeData, schemaUrl?: string): Uint8Array {
  const writer = new TagWriter();
  const resource = writer.open(RESOURCE_LEVEL_RESOURCE);
  writeAttributes(writer, RESOURCE_ATTRIBUTES, attributes);
  writer.close(resource);
  if (schemaUrl) writer.text(SCHEMA_URL, schemaUrl);
  return writer.finish();
}

/** Encodes the scope-level fields other than the items: `scope` and `schema_url`. */
export function encodeScope(
  name: string,
  version: string | undefined,
  schemaUrl: string | undefined,
  attributes: AttributeData | undefined,
): Uint8Array {
  const writer = new TagWriter();
  const scope = writer.open(SCOPE_LEVEL_SCOPE);
  if (name) writer.text(SCOPE_NAME, String(name));
  if (version) writer.text(SCOPE_VERSION, String(version));
  if (attributes !== undefined) writeAttributes(writer, SCOPE_ATTRIBUTES, attributes);
  writer.close(scope);
  if (schemaUrl) writer.text(SCHEMA_URL, String(schemaUrl));
  return writer.finish();
}
