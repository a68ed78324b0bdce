import type { Signal } from '@otelier/otlp';
import type { StoreStats } from '../contract.ts';
import { ITEM_TABLES, type ItemTable, SIGNAL_COLUMNS } from './schema/layout.ts';
import { asBigInt, asNumber, asText, type ClickHouseContext, select, tableOf } from './shared/context.ts';
import { quoteList, quoteText } from './shared/quote.ts';

/** Returns the sizes of the tables. A user that must not read the tables of the system gets only the rows. */
export async function statsOf(context: ClickHouseContext): Promise<StoreStats> {
  const { database, tables } = context.names;
  const [parts, free, oldest] = await Promise.all([partsOf(context), freeBytes(context), oldestTime(context)]);
  const signals: Record<string, StoreStats['signals'][string]> = {};
  for (const table of ITEM_TABLES) {
    const signal = signalOf(table);
    const { files, rows, bytes } = signals[signal] ?? NOTHING;
    const own = parts.get(tables[table]) ?? NOTHING;
    signals[signal] = {
      files: files + own.files,
      rows: rows + own.rows,
      bytes: bytes + own.bytes,
      pendingRows: 0,
    };
  }
  const sizeBytes = Object.values(signals).reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    directory: `ClickHouse at ${context.connection.name}, database ${database}`,
    sizeBytes,
    maxBytes: free === undefined ? Number.MAX_SAFE_INTEGER : sizeBytes + free,
    oldest,
    signals,
    journalBytes: 0,
  };
}

interface Parts {
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
}

const NOTHING: Parts = { files: 0, rows: 0, bytes: 0 };

function signalOf(table: ItemTable): Signal {
  return table === 'traces' || table === 'logs' ? table : 'metrics';
}

async function partsOf(context: ClickHouseContext): Promise<ReadonlyMap<string, Parts>> {
  const { database, tables } = context.names;
  const text =
    'SELECT table AS name, count() AS parts, sum(rows) AS items, sum(bytes_on_disk) AS bytes FROM system.parts ' +
    `WHERE active AND database = ${quoteText(database)} AND table IN ${quoteList(Object.values(tables))} GROUP BY table`;
  const found = await optionalRows(context, text);
  return new Map(
    found.map((row) => [
      asText(row['name']),
      { files: asNumber(row['parts']), rows: asNumber(row['items']), bytes: asNumber(row['bytes']) },
    ]),
  );
}

async function freeBytes(context: ClickHouseContext): Promise<number | undefined> {
  const [row] = await optionalRows(context, 'SELECT max(free_space) AS free FROM system.disks');
  return row === undefined ? undefined : asNumber(row['free']);
}

async function oldestTime(context: ClickHouseContext): Promise<bigint | undefined> {
  const times = ITEM_TABLES.map((table) => {
    const { nanos } = SIGNAL_COLUMNS[signalOf(table) as 'traces' | 'logs' | 'metrics'];
    return `SELECT min(${nanos}) AS first, count() AS items FROM ${tableOf(context, table)}`;
  });
  const [row] = await select(
    context,
    `SELECT minIf(first, items > 0) AS oldest, sum(items) AS total FROM (${times.join(' UNION ALL ')})`,
  );
  return asNumber(row?.['total']) === 0 ? undefined : asBigInt(row?.['oldest']);
}

/** Returns no rows if the user must not read them. */
async function optionalRows(context: ClickHouseContext, text: string) {
  try {
    return await select(context, text);
  } catch (error) {
    if (error instanceof Error && error.message.includes('ACCESS_DENIED')) return [];
    throw error;
  }
}
