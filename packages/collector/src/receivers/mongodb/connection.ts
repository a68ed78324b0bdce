import { type Document, MongoClient, type MongoClientOptions } from 'mongodb';

/** A server of MongoDB, and how to authenticate. */
export interface MongodbTarget {
  /** URL with the hosts, without credentials. */
  readonly url: string;
  readonly options: MongoClientOptions;
}

/** Number of collections of a database that are read. */
const MAX_COLLECTIONS = 10_000;

/** A connection to a server. */
export interface MongodbConnection {
  command(database: string, command: Document): Promise<Document>;
  /** Returns the names of the collections of a database, without views and those of the system. */
  collections(database: string): Promise<readonly string[]>;
  indexStats(database: string, collection: string): Promise<readonly Document[]>;
  close(): Promise<void>;
}

/** Connects to a server. Rejects if that fails. `signal` ends the connection, also later. */
export async function connectMongodb({ url, options }: MongodbTarget, signal: AbortSignal): Promise<MongodbConnection> {
  signal.throwIfAborted();
  const client = new MongoClient(url, {
    ...options,
    appName: 'otelier',
    maxPoolSize: 1,
    retryReads: false,
    // Integers of 64 bits keep all digits.
    useBigInt64: true,
  });
  const close = async (): Promise<void> => {
    signal.removeEventListener('abort', abort);
    await client.close(true);
  };
  const abort = (): void => {
    client.close(true).catch(() => {});
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    await client.connect();
  } catch (error) {
    await close().catch(() => {});
    throw error;
  }
  return {
    command: (database, command) => client.db(database).command(command),
    async collections(database) {
      const names: string[] = [];
      for await (const { name, type } of client.db(database).listCollections({}, { nameOnly: true })) {
        if (type === 'view' || name.startsWith('system.')) continue;
        if (names.length === MAX_COLLECTIONS)
          throw new Error(`expected at most ${MAX_COLLECTIONS} collections, got more`);
        names.push(name);
      }
      return names;
    },
    indexStats: (database, collection) =>
      client
        .db(database)
        .collection(collection)
        .aggregate([{ $indexStats: {} }])
        .toArray(),
    close,
  };
}
