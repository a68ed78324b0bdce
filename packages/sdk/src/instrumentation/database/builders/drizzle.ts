import { context } from '@opentelemetry/api';
import { ownerOf, patch } from '../../patch.ts';
import { builderOperationIn } from '../telemetry/builder-operation.ts';
import type { DatabaseOptions } from '../telemetry/database-options.ts';
import { type BuilderStatement, BuilderTelemetry } from '../telemetry/query-builder.ts';

export type { DatabaseOptions } from '../telemetry/database-options.ts';

/** A database of `drizzle-orm`, as `drizzle()` returns it. */
export type DrizzleDatabase = object;

/**
 * Instruments `drizzle-orm`: each statement of databases with the same driver has one span, also those of transactions
 * (semantic conventions, "SQL databases"): `instrumentDrizzle(db)`. If the driver is instrumented too, it is the driver's
 * span, which has `db.query.builder`. Results from a cache have no span. Call the result to undo it. Throws an
 * `OptionError` that names the invalid option.
 */
export function instrumentDrizzle(database: DrizzleDatabase, options?: DatabaseOptions): () => void {
  const { session } = database as { readonly session?: object };
  if (session === undefined) throw new TypeError('expected a database that drizzle() has returned');
  return instrumentSessions(Object.getPrototypeOf(session) as object, options);
}

/** Instruments the classes of sessions that a driver's module exports. Call the result to undo it. */
export function instrumentDrizzleModule(exports: Readonly<Record<string, unknown>>): () => void {
  const prototypes = Object.values(exports).map((each) =>
    Object((each as Partial<DrizzleClass> | undefined)?.prototype),
  );
  const undo = prototypes
    .filter((prototype: object) => Object.hasOwn(prototype, 'prepareQuery'))
    .map((prototype: object) => instrumentSessions(prototype, undefined));
  return () => {
    for (const each of undo) each();
  };
}

function instrumentSessions(prototype: object, options: DatabaseOptions | undefined): () => void {
  const telemetry = new BuilderTelemetry('drizzle', options);
  return patch(
    ownerOf<Session>(prototype, 'prepareQuery'),
    'prepareQuery',
    (prepare) =>
      function (this: Session, query, ...more) {
        const statement = { sql: query.sql, system: systemOf(this) };
        const prepared = telemetry.prepare(statement, () => prepare.call(this, query, ...more));
        observe(prepared, statement, telemetry);
        return prepared;
      },
  );
}

function observe(prepared: Prepared, statement: BuilderStatement, telemetry: BuilderTelemetry): void {
  if (prepared.queryWithCache !== undefined) followCache(prepared as Cached);
  for (const name of METHODS) {
    if (typeof prepared[name] !== 'function') continue;
    patch(
      prepared as Required<Prepared>,
      name,
      (original) =>
        function (this: Prepared, ...args) {
          return telemetry.run(statement, () => original.apply(this, args));
        },
    );
  }
}

/** A result from the cache has no statement. */
function followCache(prepared: Cached): void {
  patch(
    prepared,
    'queryWithCache',
    (original) =>
      async function (this: Cached, sql, params, query) {
        let isSent = false;
        const send = () => {
          isSent = true;
          return query();
        };
        const operation = builderOperationIn(context.active());
        const result = await original.call(this, sql, params, send);
        if (!isSent && operation !== undefined) operation.isRecorded = true;
        return result;
      },
  );
}

/** Returns the `db.system.name` by the class of a session's dialect. */
function systemOf({ dialect }: Session): string {
  for (let type = dialect?.constructor; typeof type === 'function'; type = Object.getPrototypeOf(type)) {
    // `entityKind`, which minifiers keep.
    const kind = String((type as unknown as Readonly<Record<symbol, unknown>>)[Symbol.for('drizzle:entityKind')]);
    const system = SYSTEMS.find(([part]) => kind.startsWith(part))?.[1];
    if (system !== undefined) return system;
  }
  return 'other_sql';
}

const SYSTEMS = [
  ['Pg', 'postgresql'],
  ['MySql', 'mysql'],
  ['SingleStore', 'mysql'],
  ['SQLite', 'sqlite'],
] as const;

/** The methods of prepared statements that send them. */
const METHODS = ['execute', 'run', 'all', 'get', 'values'] as const;

type Prepared = { [name in (typeof METHODS)[number]]?: (...args: unknown[]) => unknown } & Partial<Cached>;

/** Of drivers that return promises. */
interface Cached {
  queryWithCache(sql: string, params: unknown, query: () => Promise<unknown>): Promise<unknown>;
}

interface DrizzleClass {
  readonly prototype: object;
}

interface Session {
  readonly dialect?: object;
  prepareQuery(query: { readonly sql: string }, ...more: unknown[]): Prepared;
}
