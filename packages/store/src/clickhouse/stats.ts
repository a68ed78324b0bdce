import type { Signal } from '@otelier/otlp';
import type { StoreStats } from '../contract.ts';
import type { StoredSums, TenantStats } from '../tenants/contract.ts';
import { ITEM_TABLES, type ItemTable, SIGNAL_COLUMNS, TENANT } from './schema/layout.ts';
import { asBigInt, asNumber, asText, type ClickHouseContext, select, tableOf } from './shared/context.ts';
import { quoteList, quoteText } from './shared/quote.ts';

/** Returns the sizes of the tables. A user that must not read the tables of the system gets only the rows. */
export async function statsOf(context: ClickHouseContext): Promise<StoreStats> {
  const { database, tables } = context.names;
  const [parts, free, shares] = await Promise.all([partsOf(context), freeBytes(context), sharesOf(context)]);
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
  const sizes = new Map(ITEM_TABLES.map((table) => [table, parts.get(tables[table]) ?? NOTHING]));
  const sizeBytes = Object.values(signals).reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    directory: `ClickHouse at ${context.connection.name}, database ${database}`,
    sizeBytes,
    maxBytes: free === undefined ? Number.MAX_SAFE_INTEGER : sizeBytes + free,
    oldest: shares.map(({ oldest }) => oldest).reduce(earlier, undefined),
    signals,
    tenants: tenantsOf(shares, sizes),
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

/** The rows of a tenant in a table. */
interface Share {
  readonly tenant: string;
  readonly table: ItemTable;
  readonly rows: number;
  readonly oldest: bigint | undefined;
}

async function sharesOf(context: ClickHouseContext): Promise<readonly Share[]> {
  const counts = ITEM_TABLES.map((table) => {
    const { nanos } = SIGNAL_COLUMNS[signalOf(table) as 'traces' | 'logs' | 'metrics'];
    const from = tableOf(context, table);
    return `SELECT toString(${TENANT}) AS tenant, ${quoteText(table)} AS name, min(${nanos}) AS first, count() AS items FROM ${from} GROUP BY tenant`;
  });
  const rows = await select(context, counts.join(' UNION ALL '));
  return rows.map((row) => ({
    tenant: asText(row['tenant']),
    table: asText(row['name']) as ItemTable,
    rows: asNumber(row['items']),
    oldest: asBigInt(row['first']),
  }));
}

function earlier(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

/** Returns what is stored of each tenant. A server knows the sizes of tables only: each tenant has its part by the number of rows. */
function tenantsOf(shares: readonly Share[], sizes: ReadonlyMap<ItemTable, Parts>): readonly TenantStats[] {
  return [...Map.groupBy(shares, ({ tenant }) => tenant)].map(([tenant, own]) => {
    const signals: Record<string, StoredSums> = {};
    for (const { table, rows } of own) {
      const { rows: all, bytes } = sizes.get(table) ?? NOTHING;
      const part = all === 0 ? 0 : Math.round((bytes * rows) / Math.max(all, rows));
      const before = signals[signalOf(table)] ?? NO_ROWS;
      signals[signalOf(table)] = { ...before, rows: before.rows + rows, bytes: before.bytes + part };
    }
    const sum = (key: 'rows' | 'bytes') => Object.values(signals).reduce((total, one) => total + one[key], 0);
    return { tenant, signals, ...NO_ROWS, rows: sum('rows'), bytes: sum('bytes') };
  });
}

const NO_ROWS: StoredSums = { files: 0, rows: 0, bytes: 0, pendingRows: 0 };

/** Returns no rows if the user must not read them. */
async function optionalRows(context: ClickHouseContext, text: string) {
  try {
    return await select(context, text);
  } catch (error) {
    if (error instanceof Error && error.message.includes('ACCESS_DENIED')) return [];
    throw error;
  }
}
