import { context } from '@opentelemetry/api';
import { observePromise } from '../../observe-promise.ts';
import { dialectOf } from '../sql/dialect.ts';
import { type BuilderOperation, builderOperationIn, withBuilderOperation } from './builder-operation.ts';
import type { DatabaseOptions } from './database-options.ts';
import { type Connection, type DatabaseCall, DatabaseTelemetry } from './database-telemetry.ts';

/** A statement that a query builder sends. */
export interface BuilderStatement extends Connection {
  readonly sql: string;
  /** `db.system.name`. */
  readonly system: string;
  /** The operation of the builder, such as `User.findMany`. */
  readonly operation?: string | undefined;
  /** Returns the driver's error, if the builder changes it. */
  readonly originalOf?: (error: unknown) => unknown;
}

/**
 * Records the statements of a query builder. A statement has one span: that of its driver, which receives the name of
 * the builder, or if the driver is not instrumented, one that ends with the builder's result.
 */
export class BuilderTelemetry {
  readonly #builder: string;
  readonly #options: DatabaseOptions | undefined;
  readonly #bySystem = new Map<string, DatabaseTelemetry>();

  /** Throws an `OptionError` that names the invalid option. */
  constructor(builder: string, options: DatabaseOptions | undefined) {
    this.#builder = builder;
    this.#options = options;
    this.#telemetryOf('other_sql');
  }

  /** Runs an operation that may send several statements. */
  annotate<T>(operation: string | undefined, run: () => T): T {
    return context.with(withBuilderOperation(context.active(), this.#operation(operation, undefined)), run);
  }

  /** Runs a statement. `rowsOf` returns the number of rows in its result, if it has any. */
  run<T>(statement: BuilderStatement, run: () => T, rowsOf?: (result: Awaited<T>) => number | undefined): T {
    return this.#run(statement, run, (call, result) => call.end(rowsOf?.(result)));
  }

  /** Prepares a statement, which is recorded only if that fails. */
  prepare<T>(statement: BuilderStatement, run: () => T): T {
    return this.#run(statement, run, undefined);
  }

  #run<T>(
    statement: BuilderStatement,
    run: () => T,
    onEnd: ((call: DatabaseCall, result: Awaited<T>) => void) | undefined,
  ): T {
    const active = context.active();
    const outer = builderOperationIn(active);
    // A builder's own methods call each other.
    if (outer?.builder === this.#builder && outer.sql === statement.sql) return run();
    const { sql, system } = statement;
    const operation = this.#operation(statement.operation ?? this.#operationOf(outer), sql);
    const startMillis = performance.now();
    const record = (finish: (call: DatabaseCall) => void) => {
      if (operation.isRecorded) return;
      const inContext = withBuilderOperation(active, operation);
      const call = context.with(inContext, () => this.#telemetryOf(system).start(sql, statement, startMillis));
      if (call !== undefined) finish(call);
    };
    const end = (result: Awaited<T>) => {
      if (onEnd !== undefined) record((call) => onEnd(call, result));
    };
    const fail = (error: unknown) => {
      const cause = causeOf(statement.originalOf?.(error) ?? error);
      record((call) => call.fail(cause, statusOf(cause)));
    };
    try {
      const result = context.with(withBuilderOperation(active, operation), run);
      if (result instanceof Promise) return observePromise(result as Promise<Awaited<T>>, end, fail) as T;
      end(result as Awaited<T>);
      return result;
    } catch (error) {
      fail(error);
      throw error;
    }
  }

  #operation(operation: string | undefined, sql: string | undefined): BuilderOperation {
    return { builder: this.#builder, operation, sql, isRecorded: false };
  }

  #operationOf(outer: BuilderOperation | undefined): string | undefined {
    return outer?.builder === this.#builder ? outer.operation : undefined;
  }

  #telemetryOf(system: string): DatabaseTelemetry {
    let telemetry = this.#bySystem.get(system);
    if (telemetry === undefined) {
      const scope = `@otelier/sdk/${this.#builder}`;
      telemetry = new DatabaseTelemetry(system, dialectOf(system), scope, this.#options);
      this.#bySystem.set(system, telemetry);
    }
    return telemetry;
  }
}

/** Returns the driver's error. Drizzle wraps it in one whose message has the values of parameters, and so does Prisma. */
function causeOf(error: unknown): unknown {
  const { cause, meta } = Object(error) as {
    readonly cause?: unknown;
    readonly meta?: Readonly<Record<string, unknown>>;
  };
  const original = meta?.['driverAdapterError'] ?? cause;
  return original instanceof Error ? causeOf(original) : error;
}

/** Returns the database's own code of a driver's error: the number of MySQL, an SQLSTATE, or a name of SQLite. */
function statusOf(error: unknown): string | undefined {
  const { code: own, errno, sqlState, cause } = Object(error) as Readonly<Record<string, unknown>>;
  if (typeof sqlState === 'string' && typeof errno === 'number') return String(errno);
  // An adapter of Prisma describes the driver's error.
  const { originalCode: code = own } = Object(cause) as { readonly originalCode?: unknown };
  return typeof code === 'string' && CODE.test(code) ? code : undefined;
}

/** Not those of the system, such as `EPIPE`: the classes of SQLSTATE with letters are `0A` to `0Z`, `HV`, `P0`, `XX`. */
const CODE = /^(?:[0-9][0-9A-Z]{4}|(?:HV|P0|XX)[0-9A-Z]{3}|SQLITE_[A-Z_]+)$/;
