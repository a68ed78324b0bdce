import { patch } from '../patch.ts';
import { shapeOf } from './mongodb/shape.ts';
import { SQLITE } from './sql/dialect.ts';
import type { DatabaseOptions } from './telemetry/database-options.ts';
import { type Connection, type DatabaseCall, DatabaseTelemetry } from './telemetry/database-telemetry.ts';
import { PoolMetrics, type PoolState } from './telemetry/pool-metrics.ts';

export type { DatabaseOptions } from './telemetry/database-options.ts';

/** The module `mongodb`, from version 5. */
export interface Mongodb {
  readonly MongoClient: { readonly prototype: object };
}

/**
 * Instruments `mongodb`: each command, such as `find` or `getMore`, has a span and a measurement, and the connections of
 * pools are measured (semantic conventions, "MongoDB"). It listens to the events of clients that connect from now on. The
 * text has the names of fields and operators without values. Call the result to undo it. Throws an `OptionError` that
 * names the invalid option.
 */
export function instrumentMongodb({ MongoClient }: Mongodb, options?: DatabaseOptions): () => void {
  const telemetry = new DatabaseTelemetry('mongodb', SQLITE, SCOPE, options);
  const pools = new PoolMetrics<Pool>(SCOPE, options?.meterProvider, ({ name }) => name, stateOf);
  const stops = new WeakMap<MongoClient, () => void>();
  const known = new Set<WeakRef<MongoClient>>();
  const undo = patch(
    MongoClient.prototype as MongoClient,
    'connect',
    (connect) =>
      function (this: MongoClient, ...args) {
        if (!stops.has(this)) {
          const stopCommands = observeCommands(this, telemetry, options?.literals === true);
          const stopPools = observePools(this, pools);
          stops.set(this, () => {
            stopCommands();
            stopPools();
          });
          known.add(new WeakRef(this));
        }
        return connect.apply(this, args);
      },
  );
  return () => {
    undo();
    for (const reference of known) {
      const client = reference.deref();
      if (client !== undefined) stops.get(client)?.();
    }
  };
}

function observeCommands(client: MongoClient, telemetry: DatabaseTelemetry, hasLiterals: boolean): () => void {
  client.monitorCommands = true;
  const calls = new Map<number, DatabaseCall>();
  const take = (requestId: number) => {
    const call = calls.get(requestId);
    calls.delete(requestId);
    return call;
  };
  return listen(client, {
    // The driver calls listeners in the context of the operation.
    commandStarted(event: CommandStarted) {
      if (OF_CONNECTION.has(event.commandName)) return;
      const call = telemetry.startOperation(operationOf(event, hasLiterals), serverOf(event));
      if (call !== undefined) calls.set(event.requestId, call);
    },
    commandSucceeded({ requestId, reply }: CommandSucceeded) {
      const [failed = reply?.writeConcernError] = reply?.writeErrors ?? [];
      const { firstBatch, nextBatch = firstBatch } = reply?.cursor ?? {};
      const call = take(requestId);
      if (failed === undefined) call?.end(Array.isArray(nextBatch) ? nextBatch.length : undefined);
      else call?.fail({ name: 'MongoServerError', message: failed.errmsg }, String(failed.code));
    },
    commandFailed({ requestId, failure }: CommandFailed) {
      const { code } = failure;
      take(requestId)?.fail(failure, typeof code === 'number' ? String(code) : undefined);
    },
  });
}

function operationOf({ commandName, command, databaseName }: CommandStarted, hasLiterals: boolean) {
  const target = commandName === 'getMore' ? command['collection'] : command[commandName];
  const collection = typeof target === 'string' ? target : undefined;
  const items = [command['documents'], command['updates'], command['deletes'], command['ops']].find(Array.isArray);
  const size = items?.length ?? 0;
  return {
    name: `${commandName} ${collection ?? databaseName}`,
    operation: commandName,
    collection,
    text: shapeOf(command, false),
    withLiterals: hasLiterals ? shapeOf(command, true) : undefined,
    attributes: size > 1 ? { 'db.operation.batch.size': size } : {},
  };
}

/** Returns the server of a command, from `host:port` or the path of a socket. */
function serverOf({ address, databaseName }: CommandStarted): Connection {
  const [, host, port] = /^\[?(.+?)\]?:(\d+)$/.exec(address) ?? [];
  return { namespace: databaseName, address: host ?? address, port: port === undefined ? undefined : Number(port) };
}

/** Follows the connections of a client's pools by their events. */
function observePools(client: MongoClient, metrics: PoolMetrics<Pool>): () => void {
  const pools = new Map<string, Pool>();
  return listen(client, {
    connectionPoolCreated({ address, options }: PoolEvent & { readonly options?: { readonly maxPoolSize?: number } }) {
      const max = options?.maxPoolSize || undefined;
      const pool: Pool = { name: address, open: new Set(), used: new Set(), pending: 0, max };
      pools.set(address, pool);
      metrics.observe(pool);
    },
    connectionPoolClosed({ address }: PoolEvent) {
      // Its connections are closed: it is observed with none until the garbage collector has it.
      pools.delete(address);
    },
    connectionReady({ address, connectionId }: ConnectionEvent) {
      pools.get(address)?.open.add(connectionId);
    },
    connectionClosed({ address, connectionId }: ConnectionEvent) {
      pools.get(address)?.open.delete(connectionId);
      pools.get(address)?.used.delete(connectionId);
    },
    connectionCheckOutStarted({ address }: PoolEvent) {
      const pool = pools.get(address);
      if (pool !== undefined) pool.pending++;
    },
    connectionCheckOutFailed({ address }: PoolEvent) {
      const pool = pools.get(address);
      if (pool !== undefined) pool.pending--;
    },
    connectionCheckedOut({ address, connectionId, durationMS }: ConnectionEvent & { readonly durationMS?: number }) {
      const pool = pools.get(address);
      if (pool === undefined) return;
      pool.pending--;
      pool.used.add(connectionId);
      if (durationMS !== undefined) metrics.recordWait(pool, durationMS / 1000);
    },
    connectionCheckedIn({ address, connectionId }: ConnectionEvent) {
      pools.get(address)?.used.delete(connectionId);
    },
  });
}

function stateOf({ open, used, pending, max }: Pool): PoolState {
  return { idle: open.size - used.size, used: used.size, pending, max };
}

function listen(client: MongoClient, listeners: Readonly<Record<string, (event: never) => void>>): () => void {
  for (const [name, listener] of Object.entries(listeners)) client.on(name, listener);
  return () => {
    for (const [name, listener] of Object.entries(listeners)) client.off(name, listener);
  };
}

const SCOPE = '@otelier/sdk/mongodb';
/** Commands that the driver itself sends. */
const OF_CONNECTION = new Set(['hello', 'ismaster', 'isMaster', 'saslStart', 'saslContinue', 'endSessions']);

interface MongoClient {
  monitorCommands: boolean;
  connect(...args: unknown[]): unknown;
  on(event: string, listener: (event: never) => void): unknown;
  off(event: string, listener: (event: never) => void): unknown;
}

interface CommandStarted {
  readonly requestId: number;
  readonly address: string;
  readonly databaseName: string;
  readonly commandName: string;
  readonly command: Readonly<Record<string, unknown>>;
}

interface WriteError {
  readonly code?: number;
  readonly errmsg?: string;
}

interface CommandSucceeded {
  readonly requestId: number;
  readonly reply?: {
    readonly cursor?: { readonly firstBatch?: unknown; readonly nextBatch?: unknown };
    readonly writeErrors?: readonly WriteError[];
    readonly writeConcernError?: WriteError;
  };
}

interface CommandFailed {
  readonly requestId: number;
  readonly failure: Error & { readonly code?: unknown };
}

interface PoolEvent {
  readonly address: string;
}

interface ConnectionEvent extends PoolEvent {
  readonly connectionId: unknown;
}

interface Pool {
  readonly name: string;
  readonly open: Set<unknown>;
  readonly used: Set<unknown>;
  pending: number;
  max: number | undefined;
}
