import { patch } from '../patch.ts';
import { SQLITE } from './sql/dialect.ts';
import type { DatabaseOptions } from './telemetry/database-options.ts';
import { type Connection, type DatabaseCall, DatabaseTelemetry } from './telemetry/database-telemetry.ts';

export type { DatabaseOptions } from './telemetry/database-options.ts';

/** The module `ioredis`, version 5 or 6. */
export interface Ioredis {
  readonly Redis: { readonly prototype: object };
  readonly Cluster: { readonly prototype: object };
  readonly Pipeline: { readonly prototype: object };
}

/**
 * Instruments `ioredis`: each command has a span and a measurement, and a pipeline or transaction has one for all its
 * commands (semantic conventions, "Redis"). Arguments, which include keys, are not recorded unless `literals` is set.
 * The commands that a client sends to open a connection are not recorded. Call the result to undo it. Throws an
 * `OptionError` that names the invalid option.
 */
export function instrumentIoredis({ Redis, Cluster, Pipeline }: Ioredis, options?: DatabaseOptions): () => void {
  const telemetry = new DatabaseTelemetry('redis', SQLITE, '@otelier/sdk/ioredis', options);
  const hasLiterals = options?.literals === true;
  /** Commands that are known: a client sends them again after it has connected, and a cluster to one of its nodes. */
  const calls = new WeakMap<Command, DatabaseCall | undefined>();
  const pipelines = new WeakSet<Pipeline>();
  const sendCommand = (original: Client['sendCommand']): Client['sendCommand'] =>
    function (this: Client, command, stream, ...more) {
      if (!calls.has(command) && stream?.isPipeline !== true) {
        const isRecorded = !isOfConnection(this, command);
        const call = isRecorded
          ? telemetry.startOperation(operationOf(this, [command], '', hasLiterals), connectionOf(this))
          : undefined;
        calls.set(command, call);
        if (call !== undefined) observe(command, call, () => undefined);
      }
      calls.get(command)?.setAttributes(peerOf(this));
      return original.call(this, command, stream, ...more);
    };
  const undo = [
    patch(Redis.prototype as Client, 'sendCommand', sendCommand),
    patch(Cluster.prototype as Client, 'sendCommand', sendCommand),
    patch(
      Pipeline.prototype as Pipeline,
      'exec',
      (exec) =>
        function (this: Pipeline, ...args) {
          // A transaction first adds its last command. Redirections of a cluster execute it again.
          const isComplete = this._transactions === 0 && this._queue.length > 0;
          if (!isComplete || pipelines.has(this)) return exec.apply(this, args);
          pipelines.add(this);
          const isTransaction = this._queue[0]?.name === 'multi';
          const commands = isTransaction ? this._queue.slice(1, -1) : this._queue;
          const kind = isTransaction ? 'MULTI' : 'PIPELINE';
          const operation = operationOf(this.redis, commands, kind, hasLiterals);
          const call = telemetry.startOperation(operation, connectionOf(this.redis));
          if (call !== undefined) observe(this, call, firstError);
          return exec.apply(this, args);
        },
    ),
  ];
  return () => {
    for (const each of undo) each();
  };
}

/** Ends the call when its promise is about to settle. A handler of the promise would hide unhandled rejections. */
function observe(settled: Settled, call: DatabaseCall, errorOf: (result: unknown) => unknown): void {
  patch(
    settled,
    'resolve',
    (resolve) =>
      function (this: Settled, result) {
        const error = errorOf(result);
        if (error === undefined) call.end();
        else call.fail(error, prefixOf(error));
        return resolve.call(this, result);
      },
  );
  patch(
    settled,
    'reject',
    (reject) =>
      function (this: Settled, error) {
        call.fail(error, prefixOf(error));
        return reject.call(this, error);
      },
  );
}

/** Returns the first error of a pipeline's results, which are pairs of an error and a value. */
function firstError(results: unknown): unknown {
  if (!Array.isArray(results)) return undefined;
  return results.find((each) => Array.isArray(each) && each[0])?.[0];
}

/** Returns the prefix of an error that the server has sent, such as `WRONGTYPE`. */
function prefixOf(error: unknown): string | undefined {
  const { name, message } = error as { readonly name?: unknown; readonly message?: unknown };
  return name === 'ReplyError' ? /^[A-Z]+\b/.exec(String(message))?.[0] : undefined;
}

/** Describes one command, or several of a pipeline or transaction. */
function operationOf(client: Client, commands: readonly Command[], kind: string, hasLiterals: boolean) {
  const names = new Set(commands.map(nameOf));
  const isBatch = commands.length > 1;
  const [name = ''] = names;
  const operation = isBatch || commands.length === 0 ? [kind, ...(names.size === 1 ? names : [])].join(' ') : name;
  const script = isBatch ? undefined : scriptOf(commands[0]);
  return {
    name: `${operation} ${databaseOf(client) ?? ''}`.trim(),
    operation,
    text: textOf(commands, (command) => (command.args.length === 0 ? nameOf(command) : `${nameOf(command)} ?`)),
    withLiterals: hasLiterals ? textOf(commands, withArguments) : undefined,
    attributes: {
      ...(isBatch && { 'db.operation.batch.size': commands.length }),
      ...(script !== undefined && { 'db.stored_procedure.name': script }),
    },
  };
}

/** Returns the texts of all commands, or one if all are equal. */
function textOf(commands: readonly Command[], of: (command: Command) => string): string {
  return [...new Set(commands.map(of))].join('; ').slice(0, MAX_TEXT);
}

function withArguments(command: Command): string {
  const name = nameOf(command);
  if (SECRET.has(name)) return `${name} ?`;
  return [name, ...command.args.map((each) => (each instanceof Uint8Array ? `<${each.length} bytes>` : String(each)))]
    .join(' ')
    .slice(0, MAX_TEXT);
}

const nameOf = ({ name }: Command): string => name.toUpperCase();

/** Returns the SHA-1 of a script or the name of a function. */
function scriptOf(command: Command | undefined): string | undefined {
  const isCall = command !== undefined && /^(?:evalsha|fcall)(?:_ro)?$/i.test(command.name);
  return isCall ? String(command.args[0]) : undefined;
}

/** Reports whether the client itself sends a command, to open a connection or to find the nodes of a cluster. */
function isOfConnection({ status, options }: Client, command: Command): boolean {
  if (options.connectionName?.startsWith('ioredis-cluster(') === true) return true;
  return status === 'connect' && OF_CONNECTION.has(nameOf(command));
}

function connectionOf(client: Client): Connection {
  const { path, host = 'localhost', port = 6379 } = client.options;
  const namespace = databaseOf(client);
  if (client.isCluster) return { namespace };
  return path === undefined || path === null
    ? { namespace, address: host, port: Number(port) }
    : { namespace, address: path };
}

/** Returns the index of the database. A cluster has only one. */
function databaseOf({ isCluster, condition, options }: Client): string | undefined {
  return isCluster ? undefined : String(condition?.select ?? options.db ?? 0);
}

/** Returns the address of the node that executes a cluster's command. */
function peerOf({ isCluster, stream }: Client): Record<string, string | number> {
  const { remoteAddress, remotePort } = stream ?? {};
  if (isCluster || remoteAddress === undefined || remotePort === undefined) return {};
  return { 'network.peer.address': remoteAddress, 'network.peer.port': remotePort };
}

/** Commands whose arguments are secrets. */
const SECRET = new Set(['ACL', 'AUTH', 'CONFIG', 'HELLO', 'MIGRATE']);
const OF_CONNECTION = new Set(['AUTH', 'CLIENT', 'CLUSTER', 'HELLO', 'INFO', 'READONLY', 'SELECT']);
const MAX_TEXT = 8_192;

interface Settled {
  resolve(result: unknown): unknown;
  reject(error: unknown): unknown;
}

interface Command extends Settled {
  readonly name: string;
  readonly args: readonly unknown[];
}

interface Client {
  readonly isCluster: boolean;
  readonly status: string;
  readonly options: {
    readonly path?: string | null;
    readonly host?: string;
    readonly port?: number;
    readonly db?: number;
    readonly connectionName?: string | null;
  };
  readonly condition?: { readonly select?: number };
  readonly stream?: { readonly remoteAddress?: string; readonly remotePort?: number };
  sendCommand(command: Command, stream?: { readonly isPipeline?: boolean }, ...more: unknown[]): unknown;
}

interface Pipeline extends Settled {
  readonly redis: Client;
  readonly _queue: readonly Command[];
  readonly _transactions: number;
  exec(...args: unknown[]): unknown;
}
