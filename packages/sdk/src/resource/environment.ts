import { diag } from '@opentelemetry/api';
import type { Attributes } from '../attributes/attribute-list.ts';
import type { Environment } from '../environment.ts';

/**
 * What `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` say, of which the second wins. Attributes are `key=value` between commas, percent-encoded;
 * if one cannot be read, none counts, and `diag` is told (OpenTelemetry specification, "Specifying resource information via an environment variable").
 */
export function resourceFromEnvironment(environment: Environment): Attributes {
  const attributes = attributesFrom(environment['OTEL_RESOURCE_ATTRIBUTES'] ?? '');
  const serviceName = environment['OTEL_SERVICE_NAME']?.trim();
  return serviceName ? { ...attributes, 'service.name': serviceName } : attributes;
}

function attributesFrom(list: string): Attributes {
  const pairs = list.split(',').filter((pair) => pair.trim() !== '');
  const entries = pairs.map(entryOf);
  const wrong = entries.indexOf(undefined);
  if (wrong < 0) return Object.fromEntries(entries.filter((entry) => entry !== undefined));
  if (told.has(list)) return {};
  told.add(list);
  diag.warn(
    `OTEL_RESOURCE_ATTRIBUTES: expected key=value, percent-encoded, got ${JSON.stringify(pairs[wrong])}; all of it is ignored`,
  );
  return {};
}

/** Clients and detectors each read it; one warning is enough. */
const told = new Set<string>();

function entryOf(pair: string): readonly [key: string, value: string] | undefined {
  const parts = pair.split('=').map((part) => decoded(part.trim()));
  const [key, value] = parts;
  return parts.length === 2 && key && value !== undefined ? [key, value] : undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
