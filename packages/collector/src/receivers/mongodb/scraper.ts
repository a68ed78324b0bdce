import { createHash } from 'node:crypto';
import { errorMessage } from '../../component/error-message.ts';
import { valueAt } from '../scraping/json-paths.ts';
import type { Reading } from '../scraping/reading.ts';
import type { ReportFailure } from '../scraping/scraping-receiver.ts';
import type { ServerScraper } from '../scraping/server-scraper.ts';
import { connectMongodb, type MongodbConnection, type MongodbTarget } from './connection.ts';
import { readDatabase, readIndexStats, readRates, readServer, readTop } from './status.ts';

/** Options for `createMongodbScraper`. */
export interface MongodbScraperOptions {
  readonly target: MongodbTarget;
  readonly host: string;
  readonly port: number;
  isEnabled(metric: string): boolean;
}

/** Creates a scraper, which opens a connection for each reading. */
export function createMongodbScraper(options: MongodbScraperOptions): ServerScraper {
  const { target, host, port } = options;
  const resource = {
    'server.address': host,
    'server.port': BigInt(port),
    'service.instance.id': instanceId(`${host}:${port}`),
  };
  let last: unknown;
  return {
    async scrape(signal, fail) {
      const connection = await connectMongodb(target, signal);
      try {
        const status: unknown = await connection.command('admin', { serverStatus: 1 });
        const rates = readRates(status, last);
        last = status;
        const part = async (what: string, read: () => Promise<readonly Reading[]>): Promise<readonly Reading[]> => {
          try {
            return await read();
          } catch (error) {
            signal.throwIfAborted();
            fail(`${what}: ${errorMessage(error)}`);
            return [];
          }
        };
        const readings = [
          ...readServer(status, fail),
          ...rates,
          ...(options.isEnabled('mongodb.operation.time')
            ? await part('top', async () => readTop(await connection.command('admin', { top: 1 })))
            : []),
          ...(await part('listDatabases', () => readDatabases(connection, status, options, fail, part))),
        ];
        const uptime = Number(valueAt(status, 'uptimeMillis'));
        return [{ resource, readings, ...(Number.isFinite(uptime) && { ageMillis: uptime }) }];
      } finally {
        await connection.close();
      }
    },
  };
}

type ReadPart = (what: string, read: () => Promise<readonly Reading[]>) => Promise<readonly Reading[]>;

async function readDatabases(
  connection: MongodbConnection,
  status: unknown,
  { isEnabled }: MongodbScraperOptions,
  fail: ReportFailure,
  part: ReadPart,
): Promise<readonly Reading[]> {
  const { databases } = await connection.command('admin', { listDatabases: 1, nameOnly: true });
  const names = (Array.isArray(databases) ? databases : []).map((database: unknown) =>
    String(valueAt(database, 'name')),
  );
  const readings: Reading[] = [{ metric: 'mongodb.database.count', value: names.length }];
  for (const name of names) {
    const stats = async (): Promise<readonly Reading[]> =>
      readDatabase(name, await connection.command(name, { dbStats: 1 }), status, fail);
    readings.push(...(await part(`database ${name}`, stats)));
    if (!isEnabled('mongodb.index.access.count')) continue;
    for (const collection of await collectionsOf(connection, name, part)) {
      const attributes = { 'db.namespace': name, collection };
      const indexes = async (): Promise<readonly Reading[]> =>
        readIndexStats(await connection.indexStats(name, collection), attributes);
      readings.push(...(await part(`indexes of ${name}.${collection}`, indexes)));
    }
  }
  return readings;
}

async function collectionsOf(
  connection: MongodbConnection,
  database: string,
  part: ReadPart,
): Promise<readonly string[]> {
  const names: string[] = [];
  await part(`collections of ${database}`, async () => {
    names.push(...(await connection.collections(database)));
    return [];
  });
  return names;
}

/** Namespace of the IDs of instances in the semantic conventions. */
const NAMESPACE = Buffer.from('4d63009a8d0f11eeaad74c796ed8e320', 'hex');

/** Returns a UUID of version 5. */
function instanceId(name: string): string {
  const hash = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
