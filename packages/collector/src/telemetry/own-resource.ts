import { createUuid, formatUuid } from '../component/identity/uuid.ts';
import { VERSION } from '../component/version.ts';

/**
 * Returns the resource of the process from `service.telemetry.resource`: attributes by name, where an empty value removes
 * a default, or a list of `name` and `value` under `attributes`.
 */
export function ownResource(
  config: Readonly<Record<string, unknown>> = {},
  nowMillis: number,
): Readonly<Record<string, string>> {
  const { attributes, schema_url: _schemaUrl, detectors: _detectors, ...byName } = config;
  const listed = Array.isArray(attributes) ? attributes.flatMap(namedValue) : [];
  const instance = formatUuid(createUuid(nowMillis));
  const defaults = { 'service.name': 'otelier', 'service.version': VERSION, 'service.instance.id': instance };
  const all = Object.entries({ ...defaults, ...byName, ...Object.fromEntries(listed) });
  return Object.fromEntries(all.flatMap(([name, value]) => (isSet(value) ? [[name, String(value)]] : [])));
}

function namedValue(item: unknown): readonly (readonly [name: string, value: unknown])[] {
  if (typeof item !== 'object' || item === null || !('name' in item) || !('value' in item)) return [];
  return [[String(item.name), item.value]];
}

function isSet(value: unknown): boolean {
  return value !== null && value !== undefined && value !== '';
}
