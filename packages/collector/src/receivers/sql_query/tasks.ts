import { createHash } from 'node:crypto';
import type { ComponentContext, SignalConsumers } from '../../component/contract.ts';
import type { StateFile } from '../../component/storage/contract.ts';
import { storageOf } from '../../component/storage/storage-of.ts';
import { nowUnixNano } from '../../metrics/now.ts';
import { encodeEntries } from '../../operators/encode-entries.ts';
import { Entry } from '../../operators/entry/entry.ts';
import type { ReportFailure, ScrapeTask } from '../scraping/scraping-receiver.ts';
import type { ConfiguredQuery, SqlQueryConfig } from './config.ts';
import { connectDatabase } from './connect.ts';
import { type Datasource, parseDatasource } from './datasource.ts';
import { queryTexts, type TextRow } from './row-texts.ts';
import { writeRowMetrics } from './write-metrics.ts';

/** Creates a task for the metrics and one for the logs of each query, for the signals that have a pipeline. */
export async function createQueryTasks(
  config: SqlQueryConfig,
  next: SignalConsumers,
  context: ComponentContext,
): Promise<readonly ScrapeTask[]> {
  const source = parseDatasource(config);
  if (typeof source === 'string') throw new Error(`datasource: ${source}`);
  const tasks: ScrapeTask[] = [];
  for (const [index, query] of config.queries.entries()) {
    const name = `query ${index}`;
    if (query.metrics.length > 0 && next.metrics !== undefined)
      tasks.push(metricsTask(name, query, { source, config, context }));
    if (query.logs.length > 0 && next.logs !== undefined)
      tasks.push(await logsTask(name, query, { source, config, context }));
  }
  return tasks;
}

interface TaskContext {
  readonly source: Datasource;
  readonly config: SqlQueryConfig;
  readonly context: ComponentContext;
}

function metricsTask(name: string, query: ConfiguredQuery, { source, config, context }: TaskContext): ScrapeTask {
  const { clock } = context;
  const startUnixNano = nowUnixNano(clock);
  return {
    name,
    async scrape(signal, fail) {
      const rows = await runQuery(source, query.sql, [], signal);
      const times = {
        startUnixNano,
        nowUnixNano: nowUnixNano(clock),
        intervalMillis: config.collectionInterval,
      };
      return writeRowMetrics(query, rows, times, fail);
    },
  };
}

async function logsTask(
  name: string,
  query: ConfiguredQuery,
  { source, config, context }: TaskContext,
): Promise<ScrapeTask> {
  const tracking = await openTracking(query, config.storage, context);
  return {
    name,
    async scrape(signal, fail) {
      const parameters = query.trackingColumn === '' ? [] : [tracking.value];
      const rows = await runQuery(source, query.sql, parameters, signal);
      const entries = entriesOf(query, rows, nowUnixNano(context.clock), fail);
      const last = rows.at(-1)?.get(query.trackingColumn);
      if (entries.length === 0) return undefined;
      return {
        signal: 'logs',
        bytes: encodeEntries(entries),
        itemCount: entries.length,
        accepted: async () => {
          if (last !== undefined) await tracking.advance(last);
        },
      };
    },
    shutdown: () => tracking.close(),
  };
}

async function runQuery(
  source: Datasource,
  sql: string,
  parameters: readonly string[],
  signal: AbortSignal,
): Promise<readonly TextRow[]> {
  const connection = await connectDatabase(source, signal);
  try {
    return await queryTexts(connection, sql, parameters);
  } finally {
    await connection.close();
  }
}

function entriesOf(
  { logs }: ConfiguredQuery,
  rows: readonly TextRow[],
  observedUnixNano: bigint,
  fail: ReportFailure,
): readonly Entry[] {
  const entries: Entry[] = [];
  for (const { bodyColumn, attributeColumns } of logs)
    for (const [index, row] of rows.entries()) {
      const body = row.get(bodyColumn);
      if (body === undefined) fail(`row ${index}: column ${bodyColumn}: expected a value, got NULL or no such column`);
      const entry = new Entry(body ?? '', observedUnixNano);
      const attributes = attributeColumns.flatMap((column): [string, string][] => {
        const text = row.get(column);
        return text === undefined ? [] : [[column, text]];
      });
      if (attributes.length > 0) entry.attributes = new Map(attributes);
      entries.push(entry);
    }
  return entries;
}

/** The last value of the tracking column. */
interface Tracking {
  readonly value: string;
  /** Resolves once the value is stored. */
  advance(value: string): Promise<void>;
  close(): Promise<void>;
}

async function openTracking(
  { sql, trackingColumn, trackingStartValue }: ConfiguredQuery,
  storage: string | undefined,
  { host, id, kind }: ComponentContext,
): Promise<Tracking> {
  let state: StateFile | undefined;
  if (storage !== undefined && trackingColumn !== '') {
    // A changed statement begins at its start value.
    const digest = createHash('sha256').update(`${trackingColumn}\0${sql}`).digest('hex').slice(0, 16);
    state = await storageOf(storage, host).openState({ kind, id }, `query_${digest}`);
  }
  let value = state?.value === undefined ? trackingStartValue : Buffer.from(state.value).toString();
  return {
    get value() {
      return value;
    },
    async advance(last) {
      await state?.write(Buffer.from(last));
      value = last;
    },
    close: async () => state?.close(),
  };
}
