import {
  type Attributes,
  type AttributeValue,
  type Context,
  context as contextApi,
  type Histogram,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { known } from '../../../client/known-options.ts';
import { isSuppressed } from '../../../context/suppression.ts';
import { SDK_VERSION } from '../../../version.ts';
import { CurrentInstruments } from '../../current-instruments.ts';
import { errorTypeOf } from '../../error-type.ts';
import type { Dialect } from '../sql/dialect.ts';
import { StatementReader } from '../sql/statement.ts';
import { builderAttributes, builderOperationIn } from './builder-operation.ts';
import { DATABASE_OPTIONS, type DatabaseOptions } from './database-options.ts';
import { messageWithoutValues } from './error-message.ts';
import { RepeatedQueries } from './repeated-queries.ts';

/** The database that a connection uses. */
export interface Connection {
  readonly namespace?: string | undefined;
  readonly address?: string | undefined;
  readonly port?: number | undefined;
}

/** An operation of a database, as it is recorded. */
export interface Operation {
  /** The span's name. */
  readonly name: string;
  /** `db.operation.name`. */
  readonly operation: string | undefined;
  /** `db.collection.name`. */
  readonly collection?: string | undefined;
  /** `db.query.summary`. */
  readonly summary?: string | undefined;
  /** `db.query.text`, without literals. Calls with the same text are repeated queries. */
  readonly text?: string | undefined;
  /** The text with literals, which is recorded on request. */
  readonly withLiterals?: string | undefined;
  /** More attributes of the span. */
  readonly attributes?: Attributes | undefined;
}

/** Records the statements of one kind of database. */
export class DatabaseTelemetry {
  readonly #system: string;
  readonly #options: DatabaseOptions;
  readonly #tracer: Tracer;
  readonly #statements: StatementReader;
  readonly #repeated: RepeatedQueries;
  readonly #duration: CurrentInstruments<Histogram>;

  /** Throws an `OptionError` that names the invalid option. */
  constructor(system: string, dialect: Dialect, scope: string, options: DatabaseOptions = {}) {
    const { tracerProvider, repeatedQueries = 10 } = known(options, DATABASE_OPTIONS);
    this.#system = system;
    this.#options = options;
    this.#tracer = (tracerProvider ?? trace).getTracer(scope, SDK_VERSION);
    this.#duration = new CurrentInstruments(scope, options.meterProvider, (meter) =>
      meter.createHistogram('db.client.operation.duration', {
        description: 'Duration of database client operations.',
        unit: 's',
        advice: { explicitBucketBoundaries: DURATION_BOUNDARIES },
      }),
    );
    this.#statements = new StatementReader(dialect);
    this.#repeated = new RepeatedQueries(repeatedQueries);
  }

  /**
   * Starts a statement's span in the active context, or returns `undefined` if it is not recorded. `startMillis` is a time
   * of `performance.now()` at which it has started.
   */
  start(sql: string, connection: Connection, startMillis?: number): DatabaseCall | undefined {
    if (!this.isRecorded()) return undefined;
    const { text, summary, operation, collection } = this.#statements.read(sql);
    const name = summary || this.#system;
    return this.#begin(
      { name, operation, collection, summary: summary || undefined, text, withLiterals: sql },
      connection,
      startMillis,
    );
  }

  /** Starts the span of an operation that is not a statement in SQL, or returns `undefined` if it is not recorded. */
  startOperation(operation: Operation, connection: Connection): DatabaseCall | undefined {
    return this.isRecorded() ? this.#begin(operation, connection) : undefined;
  }

  /** Reports whether a call in the active context would be recorded. */
  isRecorded(): boolean {
    const active = contextApi.active();
    return !isSuppressed(active) && (this.#options.requiresParent !== true || trace.getSpan(active) !== undefined);
  }

  #begin(
    { name, operation, collection, summary, text, withLiterals, attributes }: Operation,
    connection: Connection,
    startMillis?: number,
  ): DatabaseCall {
    const active = contextApi.active();
    const parent = trace.getSpan(active);
    const dimensions = present({
      'db.system.name': this.#system,
      'db.namespace': connection.namespace,
      'db.operation.name': operation,
      'db.collection.name': collection,
      'db.query.summary': summary,
      'server.address': connection.address,
      'server.port': connection.port,
    });
    const recordedText = this.#options.literals === true ? (withLiterals ?? text) : text;
    const all = { ...dimensions, 'db.query.text': recordedText, ...attributes, ...this.#claim(active) };
    const startTime = startMillis === undefined ? {} : { startTime: startMillis };
    const span = this.#tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes: all, ...startTime }, active);
    const onEnd = (seconds: number) => {
      if (text !== undefined) this.#repeated.count(parent, text, seconds);
    };
    const messageOf = (message: string) =>
      this.#options.literals === true ? message : messageWithoutValues(message, `${connection.namespace} ${text}`);
    return new DatabaseCall(span, trace.setSpan(active, span), dimensions, this.#duration.get(), {
      startMillis: startMillis ?? performance.now(),
      onEnd,
      messageOf,
    });
  }

  /** Makes the statement that of a query builder's operation, and returns the attributes of that operation. */
  #claim(active: Context): Attributes {
    const operation = builderOperationIn(active);
    if (operation === undefined) return {};
    operation.isRecorded = true;
    return builderAttributes(operation);
  }
}

/** Returns the attributes that have a value. Meters of other SDKs record `undefined` as a value of its own. */
function present(attributes: Readonly<Record<string, AttributeValue | undefined>>): Attributes {
  const result: Attributes = {};
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) result[key] = value;
  return result;
}

/** What a call needs of the instrumentation. */
interface CallHooks {
  readonly startMillis: number;
  readonly onEnd: (seconds: number) => void;
  readonly messageOf: (message: string) => string;
}

/** A statement that runs. */
export class DatabaseCall {
  readonly #span: Span;
  readonly #context: Context;
  readonly #dimensions: Attributes;
  readonly #duration: Histogram;
  readonly #hooks: CallHooks;
  #hasEnded = false;

  constructor(span: Span, context: Context, dimensions: Attributes, duration: Histogram, hooks: CallHooks) {
    this.#span = span;
    this.#context = context;
    this.#dimensions = dimensions;
    this.#duration = duration;
    this.#hooks = hooks;
  }

  /** Ends the call, with the number of returned rows if it is known. */
  end(rows?: number): void {
    if (rows !== undefined) this.#span.setAttribute('db.response.returned_rows', rows);
    this.#end({});
  }

  /** Sets attributes of the span. */
  setAttributes(attributes: Attributes): void {
    this.#span.setAttributes(attributes);
  }

  /** Ends the call with an error. `statusCode` is the database's own code, such as an SQLSTATE. */
  fail(error: unknown, statusCode?: string): void {
    if (this.#hasEnded) return;
    const exception = this.#exceptionOf(error);
    this.#span.recordException(exception);
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message: exception.message });
    const type = { 'error.type': statusCode ?? errorTypeOf(error) };
    this.#end(statusCode === undefined ? type : { ...type, 'db.response.status_code': statusCode });
  }

  #exceptionOf(error: unknown): { name: string; message: string; stack?: string } {
    const { name, code, message: given, stack } = Object(error) as Error & { readonly code?: unknown };
    const original = String(given ?? error);
    const message = this.#hooks.messageOf(original);
    return {
      name: typeof name === 'string' ? name : 'Error',
      message,
      ...(typeof code === 'string' && { code }),
      ...(typeof stack === 'string' && { stack: stack.replace(original, () => message) }),
    };
  }

  #end(outcome: Attributes): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#span.setAttributes(outcome);
    const seconds = (performance.now() - this.#hooks.startMillis) / 1000;
    this.#duration.record(seconds, { ...this.#dimensions, ...outcome }, this.#context);
    this.#hooks.onEnd(seconds);
    this.#span.end();
  }
}

/** Semantic conventions, "Database client metrics", `db.client.operation.duration`. */
const DURATION_BOUNDARIES = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
