import { tracingChannel } from 'node:diagnostics_channel';
import { SQLITE } from './sql/dialect.ts';
import type { DatabaseOptions } from './telemetry/database-options.ts';
import { type DatabaseCall, DatabaseTelemetry, type Operation } from './telemetry/database-telemetry.ts';

export type { DatabaseOptions } from './telemetry/database-options.ts';

/**
 * Instruments `redis` and `@redis/client` from version 5.12: each command has a span and a measurement, and a pipeline or
 * transaction has one for all its commands (semantic conventions, "Redis"). Arguments, which include keys, are not
 * recorded unless `literals` is set. The commands that a client sends to open a connection are not recorded. Call the
 * result to undo it. Throws an `OptionError` that names the invalid option.
 */
export function instrumentRedis(options?: DatabaseOptions): () => void {
  const telemetry = new DatabaseTelemetry('redis', SQLITE, '@otelier/sdk/redis', options);
  const hasLiterals = options?.literals === true;
  const calls = new WeakMap<Message, DatabaseCall>();
  const listeners = {
    start(message: Message) {
      // Those of a pipeline are part of its batch.
      if (message.command !== undefined && message.batchMode !== undefined) return;
      const { database, serverAddress: address, serverPort: port } = message;
      const call = telemetry.startOperation(operationOf(message, hasLiterals), {
        namespace: String(database ?? 0),
        address,
        port,
      });
      if (call !== undefined) calls.set(message, call);
    },
    error(message: Message) {
      calls.get(message)?.fail(message.error, codeOf(message.error));
    },
    asyncStart(message: Message) {
      const { result } = message;
      // A transaction has errors among its results.
      const error: unknown = Array.isArray(result) ? result.find((each) => each instanceof Error) : undefined;
      if (error === undefined) calls.get(message)?.end();
      else calls.get(message)?.fail(error, codeOf(error));
    },
    end() {},
    asyncEnd() {},
  };
  const channels = ['node-redis:command', 'node-redis:batch'].map((name) => tracingChannel<Message, Message>(name));
  for (const channel of channels) channel.subscribe(listeners);
  return () => {
    for (const channel of channels) channel.unsubscribe(listeners);
  };
}

function operationOf(message: Message, hasLiterals: boolean): Operation {
  const { command, args = [], batchMode, batchSize = 0, database } = message;
  const operation = command ?? batchMode ?? 'PIPELINE';
  const text = command === undefined || args.length <= 1 ? operation : `${operation} ?`;
  const isSecret = SECRET.has(operation);
  return {
    name: `${operation} ${database ?? 0}`,
    operation,
    text,
    withLiterals: hasLiterals && command !== undefined && !isSecret ? args.join(' ').slice(0, MAX_TEXT) : undefined,
    // Conventions: a batch has at least two operations.
    attributes: batchSize > 1 ? { 'db.operation.batch.size': batchSize } : {},
  };
}

/** Returns the prefix of an error that the server has sent, such as `WRONGTYPE`. */
function codeOf(error: unknown): string | undefined {
  const { message } = Object(error) as { readonly message?: unknown };
  return /^[A-Z]{3,}\b/.exec(String(message))?.[0];
}

/** Commands whose arguments are secrets. */
const SECRET = new Set(['ACL', 'AUTH', 'CONFIG', 'HELLO', 'MIGRATE']);
const MAX_TEXT = 8_192;

/** What the client publishes. A batch has no command. */
interface Message {
  readonly command?: string;
  readonly args?: readonly string[];
  readonly batchMode?: 'PIPELINE' | 'MULTI';
  readonly batchSize?: number;
  readonly database?: number;
  readonly serverAddress?: string;
  readonly serverPort?: number;
  readonly error?: unknown;
  readonly result?: unknown;
}
