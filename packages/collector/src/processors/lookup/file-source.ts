import { readFile } from 'node:fs/promises';
import { isMap, isScalar, parseDocument } from 'yaml';
import type { ComponentContext } from '../../component/contract.ts';
import { errorMessage } from '../../component/error-message.ts';
import type { Value } from '../../ottl/values/value.ts';
import type { SourceConfig } from './config.ts';
import { parseCsv } from './csv.ts';
import { fromJson, fromPlain } from './plain-value.ts';
import { type LookupResult, type LookupSource, MISSING } from './source.ts';

type Table = ReadonlyMap<string, LookupResult>;

/** Creates a source that reads a file and reloads it at intervals. */
export function createFileSource(config: SourceConfig, { clock, logger }: ComponentContext): LookupSource {
  const { path, reloadInterval } = config;
  let table: Table = new Map();
  let cancel = (): void => {};
  let isStopped = false;

  const load = async (): Promise<void> => {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      throw new Error(`expected a readable file, got ${errorMessage(error)}`, { cause: error });
    });
    try {
      table = parseTable(config, text);
    } catch (error) {
      throw new Error(`${path}: ${errorMessage(error)}`, { cause: error });
    }
  };
  const schedule = (): void => {
    if (reloadInterval <= 0 || isStopped) return;
    cancel = clock.setTimeout(() => {
      load()
        .catch((error: unknown) =>
          logger.warn(
            { path, error: errorMessage(error) },
            'reloading the lookup file failed, keeping its last contents',
          ),
        )
        .then(schedule);
    }, reloadInterval);
  };
  return {
    get: (key) => table.get(key) ?? MISSING,
    async start() {
      await load();
      schedule();
    },
    shutdown() {
      isStopped = true;
      cancel();
    },
  };
}

function parseTable(config: SourceConfig, text: string): Table {
  return new Map(
    entriesOf(config, text).map(([key, value]): [string, LookupResult] => [key, { kind: 'found', value }]),
  );
}

function entriesOf(config: SourceConfig, text: string): [string, Value][] {
  switch (config.type) {
    case 'csv':
      return csvEntries(config, parseCsv(text, config.delimiter));
    case 'json':
      return plainEntries(JSON.parse(text));
    default:
      return yamlEntries(text);
  }
}

/** Keys are kept as written in the file, so `0x10` and `1.0` are looked up verbatim. */
function yamlEntries(text: string): [string, Value][] {
  const document = parseDocument(text, { intAsBigInt: true, uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) throw error;
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return [];
  if (!isMap(contents)) throw new Error('expected a map from keys to results, got another value');
  return contents.items.map(({ key, value }) => [
    isScalar(key) ? (key.source ?? String(key.value)) : String(key),
    fromPlain(isNode(value) ? value.toJS(document) : value),
  ]);
}

function isNode(value: unknown): value is { toJS(document: unknown): unknown } {
  return typeof value === 'object' && value !== null && 'toJS' in value;
}

function plainEntries(parsed: unknown): [string, Value][] {
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new Error('expected an object from keys to results, got another value');
  return Object.entries(parsed).map(([key, value]) => [key, fromJson(value)]);
}

function csvEntries(config: SourceConfig, rows: readonly string[][]): [string, Value][] {
  const header = config.hasHeader ? (rows[0] ?? []) : [];
  if (rows.length === 0) return [];
  const column = (name: string, index: number | undefined): number => {
    if (index !== undefined) return index;
    const at = header.indexOf(name);
    if (at < 0) throw new Error(`expected the column "${name}" in the header, got ${header.join(', ')}`);
    return at;
  };
  const keyAt = column(config.keyColumn, config.keyColumnIndex);
  const isScalarResult = config.valueColumn !== '' || config.valueColumnIndex !== undefined;
  const valueAt = isScalarResult ? column(config.valueColumn, config.valueColumnIndex) : -1;
  return rows.slice(config.hasHeader ? 1 : 0).flatMap((row): [string, Value][] => {
    const key = row[keyAt];
    if (key === undefined || valueAt >= row.length) return [];
    if (isScalarResult) return [[key, row[valueAt]]];
    return [[key, new Map(row.map((field, index) => [header[index] ?? String(index), field]))]];
  });
}
