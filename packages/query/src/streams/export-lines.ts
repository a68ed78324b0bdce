import { requestToJson, type Signal } from '@otelier/otlp';
import type { Store } from '@otelier/store';

/** The query of an export. Times are nanoseconds since the Unix epoch. If they are omitted, everything is exported. */
export interface ExportLinesQuery {
  readonly tenant: string;
  readonly signal: Signal;
  readonly start?: bigint;
  readonly end?: bigint;
}

/** Yields stored telemetry as OTLP/JSON, one export request per line. */
export async function* exportLines(
  store: Store,
  { signal, ...range }: ExportLinesQuery,
): AsyncGenerator<string, undefined> {
  for await (const request of store.export({ signal, ...range })) yield `${requestToJson(signal, request)}\n`;
  return undefined;
}
