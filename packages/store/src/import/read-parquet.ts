import { requestFromJson, type Signal } from '@otelier/otlp';
import { RequestRebuilder } from '../columns/rebuild/rebuild.ts';
import type { StoredRow } from '../columns/rebuild/rebuild-item.ts';
import { errorMessage } from '../error-message.ts';
import { readDataFile } from '../write/files/files.ts';
import { type Mapping, mappingFor } from './mapping.ts';
import { openParquetRows, type ParquetRow } from './parquet-rows.ts';
import { itemOf, type MappedItem } from './row-item.ts';

/** Rows of a Parquet file as a request, or a row that is not valid. */
export type ParquetRecord = { readonly count: number; readonly place: string } & (
  | { readonly kind: 'request'; readonly signal: Signal; readonly bytes: Uint8Array; readonly itemCount: number }
  | { readonly kind: 'refused'; readonly reason: string }
);

/** Options for `readParquetFile`. */
export interface ReadParquetOptions {
  readonly signal?: Signal | undefined;
  /** Explicit mapping: `column=path`. */
  readonly map?: readonly string[] | undefined;
  /** Number of rows to skip. */
  readonly skip: number;
}

const ROWS = 1000;

/**
 * Reads the rows of a Parquet file as export requests: a data file of a store, whose items are restored exactly, or a file
 * with known or explicitly mapped columns. Throws a `MappingError` for other columns.
 */
export async function* readParquetFile(path: string, options: ReadParquetOptions): AsyncGenerator<ParquetRecord> {
  const file = await openParquetRows(path);
  try {
    const own = options.map === undefined || options.map.length === 0 ? signalOfStore(path) : undefined;
    let toRecords: (rows: readonly ParquetRow[], from: number) => Iterable<ParquetRecord>;
    if (own === undefined) {
      const mapping = mappingFor(file.columns, options.map ?? [], options.signal);
      toRecords = (rows, from) => mapped(rows, from, mapping);
    } else {
      toRecords = (rows, from) => rebuilt(rows, from, own);
    }
    let [rows, from]: [ParquetRow[], number] = [[], options.skip];
    for await (const row of file.rows(options.skip)) {
      rows.push(row);
      if (rows.length < ROWS) continue;
      yield* toRecords(rows, from);
      from += rows.length;
      rows = [];
    }
    if (rows.length > 0) yield* toRecords(rows, from);
  } finally {
    file.close();
  }
}

/** Returns the signal of a data file of a store. */
function signalOfStore(path: string): Signal | undefined {
  try {
    return readDataFile(path).footer.signal;
  } catch {
    return undefined;
  }
}

function* rebuilt(rows: readonly ParquetRow[], from: number, signal: Signal): Generator<ParquetRecord> {
  const rebuilder = new RequestRebuilder(signal);
  const count = from + rows.length;
  const place = `rows ${from + 1} to ${count}`;
  const requests = [...rows.flatMap((row) => rebuilder.add(row as StoredRow) ?? []), ...lastOf(rebuilder.finish())];
  // One record, so that an interrupted import continues after all of its rows.
  const bytes = Buffer.concat(requests);
  yield { count, place, kind: 'request', signal, bytes: new Uint8Array(bytes), itemCount: rows.length };
}

function* mapped(rows: readonly ParquetRow[], from: number, mapping: Mapping): Generator<ParquetRecord> {
  const items: MappedItem[] = [];
  for (const [index, row] of rows.entries()) {
    try {
      items.push(itemOf(row, mapping));
    } catch (error) {
      const number = from + index + 1;
      // Counted with the request below: earlier rows of this group are not sent yet.
      yield { count: from, place: `row ${number}`, kind: 'refused', reason: errorMessage(error) };
    }
  }
  const count = from + rows.length;
  const place = `rows ${from + 1} to ${count}`;
  const request = requestFromJson(mapping.signal, JSON.stringify(requestOf(items, mapping)));
  if (request.ok) yield { count, place, kind: 'request', signal: mapping.signal, ...request };
  else yield { count, place, kind: 'refused', reason: request.reason };
}

/** Returns a request of items, in which consecutive items with the same resource and scope share them. */
function requestOf(items: readonly MappedItem[], { signal }: Mapping): object {
  const names = signal === 'traces' ? NAMES.traces : NAMES.logs;
  const resources: { resource: object; [scopes: string]: unknown }[] = [];
  let [last, list]: [string, unknown[]] = ['', []];
  for (const { item, resource, scope } of items) {
    const key = JSON.stringify([resource, scope]);
    if (key !== last) {
      list = [];
      resources.push({ resource, [names.scopes]: [{ scope, [names.items]: list }] });
      last = key;
    }
    list.push(item);
  }
  return { [names.resources]: resources };
}

const NAMES = {
  traces: { resources: 'resourceSpans', scopes: 'scopeSpans', items: 'spans' },
  logs: { resources: 'resourceLogs', scopes: 'scopeLogs', items: 'logRecords' },
} as const;

function lastOf(request: Uint8Array | undefined): readonly Uint8Array[] {
  return request === undefined ? [] : [request];
}
