import type { Value, ValueMap } from '../../ottl/values/value.ts';

/** Converts a parsed JSON value. Numbers are float64. */
export function valueOfJson(json: unknown): Value {
  if (Array.isArray(json)) return json.map(valueOfJson);
  if (typeof json === 'object' && json !== null) return mapOfJson(json);
  return typeof json === 'string' || typeof json === 'number' || typeof json === 'boolean' ? json : undefined;
}

/** Converts a parsed JSON object. */
export function mapOfJson(json: object): ValueMap {
  const map: ValueMap = new Map();
  for (const key of Object.keys(json)) map.set(key, valueOfJson((json as Record<string, unknown>)[key]));
  return map;
}

/** Converts a value of a configuration: whole numbers are integers, as in the Collector's YAML. */
export function valueOfConfig(config: unknown): Value {
  if (typeof config === 'number' && Number.isSafeInteger(config)) return BigInt(config);
  if (Array.isArray(config)) return config.map(valueOfConfig);
  if (typeof config === 'object' && config !== null)
    return new Map(Object.entries(config).map(([key, value]) => [key, valueOfConfig(value)]));
  return valueOfJson(config);
}
