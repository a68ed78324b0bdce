import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { diag } from '@opentelemetry/api';
import type { Environment } from '../environment.ts';
import { type Ioredis, instrumentIoredis } from './database/ioredis.ts';
import { instrumentMongodb, type Mongodb } from './database/mongodb.ts';
import { instrumentMysql2, type Mysql2 } from './database/mysql2.ts';
import { instrumentPg, type Pg } from './database/pg.ts';
import { instrumentSqlite, type SqliteModule } from './database/sqlite.ts';
import { instrumentOnLoad, type LoadedLibrary } from './on-load.ts';
import { type Express, instrumentExpress } from './web/express.ts';
import { type FastifyInstance, instrumentFastify } from './web/fastify.ts';
import { instrumentFetch } from './web/fetch.ts';
import { instrumentKoa, type KoaClass } from './web/koa.ts';
import { instrumentHttpRequests, instrumentHttpServers } from './web/node-http.ts';

/** An instrumentation that starts immediately, or when a file of a library is loaded. */
type Instrumentation = (() => () => void) | readonly LoadedLibrary[] | LoadedLibrary;

/** The instrumentations by the names that the variables of opentelemetry-js have for them. */
const INSTRUMENTATIONS: Readonly<Record<string, Instrumentation>> = {
  http: () => {
    const undo = [instrumentHttpServers(), instrumentHttpRequests()];
    return () => {
      for (const each of undo) each();
    };
  },
  undici: () => instrumentFetch(),
  express: { file: 'express/index.js', instrument: (exports) => instrumentExpress(exports as Express) },
  fastify: () => {
    const instrument = (message: unknown) => {
      instrumentFastify((message as { readonly fastify: FastifyInstance }).fastify);
    };
    subscribe('fastify.initialization', instrument);
    return () => {
      unsubscribe('fastify.initialization', instrument);
    };
  },
  ioredis: { file: 'ioredis/built/index.js', instrument: (exports) => instrumentIoredis(exports as Ioredis) },
  mongodb: { file: 'mongodb/lib/index.js', instrument: (exports) => instrumentMongodb(exports as Mongodb) },
  mysql2: [
    {
      file: 'mysql2/lib/connection.js',
      instrument: (exports) => instrumentMysql2({ Connection: exports as Required<Mysql2>['Connection'] }),
    },
    {
      file: 'mysql2/lib/pool.js',
      instrument: (exports) => instrumentMysql2({ Pool: exports as Required<Mysql2>['Pool'] }),
    },
  ],
  pg: { file: 'pg/lib/index.js', instrument: (exports) => instrumentPg(exports as Pg) },
  sqlite: { file: 'node:sqlite', instrument: (exports) => instrumentSqlite(exports as SqliteModule) },
  koa: { file: 'koa/lib/application.js', instrument: (exports) => instrumentKoa(exports as KoaClass) },
};

/**
 * Instruments the libraries that the program loads from now on. `OTEL_NODE_ENABLED_INSTRUMENTATIONS` limits them to a
 * list of names, and `OTEL_NODE_DISABLED_INSTRUMENTATIONS` excludes names. Unknown ones are logged and ignored. Call
 * the result to undo it.
 */
export function instrumentAll(environment: Environment): () => void {
  const enabled = names(environment, 'OTEL_NODE_ENABLED_INSTRUMENTATIONS');
  const disabled = names(environment, 'OTEL_NODE_DISABLED_INSTRUMENTATIONS');
  const chosen = Object.entries(INSTRUMENTATIONS)
    .filter(([name]) => (enabled?.includes(name) ?? true) && !disabled?.includes(name))
    .map(([, instrumentation]) => instrumentation);
  const started = chosen.flatMap((each) => (typeof each === 'function' ? [each()] : []));
  const stopLoading = instrumentOnLoad(chosen.flatMap((each) => (typeof each === 'function' ? [] : each)));
  return () => {
    for (const undo of [...started, stopLoading]) undo();
  };
}

function names(environment: Environment, variable: string): readonly string[] | undefined {
  const list = environment[variable]
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (list === undefined || list.length === 0) return undefined;
  const unknown = list.filter((name) => !Object.hasOwn(INSTRUMENTATIONS, name));
  if (unknown.length > 0)
    diag.warn(`${variable}: expected ${Object.keys(INSTRUMENTATIONS).join(', ')}; got ${unknown.join(', ')}; ignored`);
  return list;
}
