import { diag } from '@opentelemetry/api';
import type { Attributes } from '../attributes/attribute-list.ts';
import type { Environment } from '../environment.ts';

/**
 * Reads `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME`, which takes precedence. The attributes are a
 * comma-separated list of percent-encoded `key=value` pairs. If one is invalid, all are ignored and a warning is logged
 * (OpenTelemetry specification, "Specifying resource information via an environment variable").
 */
export function resourceFromEnvironment(environment: Environment): Attributes {
  const attributes = attributesFrom(environment['OTEL_RESOURCE_ATTRIBUTES'] ?? '');
  const serviceName = environment['OTEL_SERVICE_NAME']?.trim();
  return serviceName ? { ...attributes, 'service.name': serviceName } : attributes;
}

function attributesFrom(list: string): Attributes {
  const pairs = list.split(',').filter((pair) => pair.trim() !== '');
  const entries = pairs.map(entryOf);
  const invalidIndex = entries.indexOf(undefined);
  if (invalidIndex < 0) return Object.fromEntries(entries.filter((entry) => entry !== undefined));
  if (reportedLists.has(list)) return {};
  reportedLists.add(list);
  diag.warn(
    `OTEL_RESOURCE_ATTRIBUTES: expected key=value, percent-encoded, got ${JSON.stringify(pairs[invalidIndex])}; variable ignored`,
  );
  return {};
}

/**
 * Lists for which a warning has been logged. Clients and detectors each read the variable, but one warning is enough.
 */
const reportedLists = new Set<string>();

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
