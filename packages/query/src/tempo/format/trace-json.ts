import { requestToJson } from '@otelier/otlp';

/** JSON of OTLP messages. */
interface Fields {
  readonly [name: string]: unknown;
}

/**
 * Converts an export request to the list of its resources in Tempo's JSON. It differs from OTLP/JSON: IDs are base64
 * and enums are names.
 */
export function traceJson(request: Uint8Array): readonly unknown[] {
  const { resourceSpans } = converted(JSON.parse(requestToJson('traces', request))) as Fields;
  return (resourceSpans ?? []) as readonly unknown[];
}

function converted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(converted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as Fields).map(([name, entry]) => [name, CONVERSIONS[name]?.(entry) ?? converted(entry)]),
  );
}

const CONVERSIONS: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  traceId: base64,
  spanId: base64,
  parentSpanId: base64,
  kind: nameOf('SPAN_KIND', ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']),
  code: nameOf('STATUS_CODE', ['UNSET', 'OK', 'ERROR']),
};

function base64(value: unknown): string | undefined {
  return typeof value === 'string' ? Buffer.from(value, 'hex').toString('base64') : undefined;
}

function nameOf(prefix: string, names: readonly string[]): (value: unknown) => string | undefined {
  return (value) => {
    const name = typeof value === 'number' ? names[value] : undefined;
    return name === undefined ? undefined : `${prefix}_${name}`;
  };
}
