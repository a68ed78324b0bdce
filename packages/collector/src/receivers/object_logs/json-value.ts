import type { Value } from '../../ottl/values/value.ts';

/** Converts parsed JSON. Whole numbers are integers, as in objects of the Kubernetes API. */
export function jsonValue(json: unknown): Value {
  if (Array.isArray(json)) return json.map(jsonValue);
  if (typeof json === 'object' && json !== null)
    return new Map(Object.entries(json).map(([key, value]) => [key, jsonValue(value)]));
  if (typeof json === 'number') return Number.isSafeInteger(json) ? BigInt(json) : json;
  return typeof json === 'string' || typeof json === 'boolean' ? json : undefined;
}
