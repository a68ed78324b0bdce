import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';
import { diag } from '@opentelemetry/api';
import type { Environment } from '../environment.ts';
import type { Mysql2 } from './database/mysql2.ts';
import { instrumentOnLoad, type LoadedLibrary } from './on-load.ts';
import type { FastifyInstance } from './web/fastify.ts';
import { instrumentFetch } from './web/fetch.ts';
import type { HonoApp } from './web/hono.ts';
import type { RouterExecutionContext, RouterProxy } from './web/nest.ts';
import { instrumentHttpRequests, instrumentHttpServers } from './web/node-http.ts';

/** An instrumentation that starts immediately, or when files of a library are loaded. */
type Instrumentation = (() => () => void) | LoadedLibrary | readonly LoadedLibrary[];

type HonoRouter = HonoApp['router'];

/** The exports of files of `@nestjs/core`. */
interface NestRouter {
  readonly RouterProxy: { readonly prototype: RouterProxy };
  readonly RouterExecutionContext: { readonly prototype: RouterExecutionContext };
}

/** The modules that are loaded with the library they instrument, by their paths without extension. */
interface Modules {
  readonly './database/builders/drizzle': typeof import('./database/builders/drizzle.ts');
  readonly './database/builders/knex': typeof import('./database/builders/knex.ts');
  readonly './database/builders/kysely': typeof import('./database/builders/kysely.ts');
  readonly './database/builders/prisma': typeof import('./database/builders/prisma.ts');
  readonly './database/ioredis': typeof import('./database/ioredis.ts');
  readonly './database/mongodb': typeof import('./database/mongodb.ts');
  readonly './database/mysql2': typeof import('./database/mysql2.ts');
  readonly './database/pg': typeof import('./database/pg.ts');
  readonly './database/redis': typeof import('./database/redis.ts');
  readonly './database/sqlite': typeof import('./database/sqlite.ts');
  readonly './messaging/bullmq': typeof import('./messaging/bullmq.ts');
  readonly './messaging/kafkajs': typeof import('./messaging/kafkajs.ts');
  readonly './messaging/nats': typeof import('./messaging/nats.ts');
  readonly './messaging/platformatic-kafka': typeof import('./messaging/platformatic-kafka.ts');
  readonly './web/express': typeof import('./web/express.ts');
  readonly './web/fastify': typeof import('./web/fastify.ts');
  readonly './web/hono': typeof import('./web/hono.ts');
  readonly './web/koa': typeof import('./web/koa.ts');
  readonly './web/nest': typeof import('./web/nest.ts');
  readonly './web/node-http2': typeof import('./web/node-http2.ts');
}

/** Loads a module without `import`, for which a library that `require` loads cannot wait. */
function load<path extends keyof Modules>(path: path): Modules[path] {
  return require(path + EXTENSION) as Modules[path];
}

const require = createRequire(import.meta.url);
/** That of the sources or of the packed files. */
const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf('.'));

/** The drivers of `drizzle-orm`, each of which has a class of sessions. */
const DRIZZLE_DRIVERS = [
  'better-sqlite3',
  'bun-sql',
  'bun-sqlite',
  'd1',
  'durable-sqlite',
  'libsql',
  'mysql-proxy',
  'mysql2',
  'neon-http',
  'neon-serverless',
  'node-postgres',
  'pg-proxy',
  'pglite',
  'planetscale-serverless',
  'postgres-js',
  'singlestore',
  'sql-js',
  'sqlite-proxy',
  'tidb-serverless',
  'vercel-postgres',
];

/** Returns an instrumentation of several files that are instrumented alike. */
function each(files: readonly string[], instrument: LoadedLibrary['instrument']): readonly LoadedLibrary[] {
  return files.map((file) => ({ file, instrument }));
}

/** The instrumentations by the names that the variables of opentelemetry-js have for them. */
const INSTRUMENTATIONS: Readonly<Record<string, Instrumentation>> = {
  http: () => {
    const undo = [instrumentHttpServers(), instrumentHttpRequests()];
    return () => {
      for (const undoOne of undo) undoOne();
    };
  },
  http2: { file: 'node:http2', instrument: () => load('./web/node-http2').instrumentHttp2Servers() },
  undici: () => instrumentFetch(),
  express: {
    file: 'express/index.js',
    instrument: (exports) => load('./web/express').instrumentExpress(exports as never),
  },
  fastify: () => {
    const instrument = (message: unknown) => {
      load('./web/fastify').instrumentFastify((message as { readonly fastify: FastifyInstance }).fastify);
    };
    subscribe('fastify.initialization', instrument);
    return () => {
      unsubscribe('fastify.initialization', instrument);
    };
  },
  koa: { file: 'koa/lib/application.js', instrument: (exports) => load('./web/koa').instrumentKoa(exports as never) },
  hono: ['SmartRouter', 'LinearRouter', 'PatternRouter'].flatMap((name) => {
    const file = `router/${name.replace(/Router$/, '').toLowerCase()}-router/router.js`;
    return each([`hono/dist/${file}`, `hono/dist/cjs/${file}`], (exports) => {
      const { prototype } = (exports as Readonly<Record<string, { readonly prototype: HonoRouter }>>)[name] ?? {};
      load('./web/hono').followRoutes(prototype as HonoRouter);
    });
  }),
  'nestjs-core': [
    {
      file: '@nestjs/core/router/router-proxy.js',
      instrument: (exports) => load('./web/nest').followErrors((exports as NestRouter).RouterProxy.prototype),
    },
    {
      file: '@nestjs/core/router/router-execution-context.js',
      instrument: (exports) =>
        load('./web/nest').followHandlers((exports as NestRouter).RouterExecutionContext.prototype),
    },
  ],
  ioredis: {
    file: 'ioredis/built/index.js',
    instrument: (exports) => load('./database/ioredis').instrumentIoredis(exports as never),
  },
  mongodb: {
    file: 'mongodb/lib/index.js',
    instrument: (exports) => load('./database/mongodb').instrumentMongodb(exports as never),
  },
  mysql2: [
    {
      file: 'mysql2/lib/connection.js',
      instrument: (exports) =>
        load('./database/mysql2').instrumentMysql2({ Connection: exports as Required<Mysql2>['Connection'] }),
    },
    {
      file: 'mysql2/lib/pool.js',
      instrument: (exports) =>
        load('./database/mysql2').instrumentMysql2({ Pool: exports as Required<Mysql2>['Pool'] }),
    },
  ],
  pg: { file: 'pg/lib/index.js', instrument: (exports) => load('./database/pg').instrumentPg(exports as never) },
  redis: { file: '@redis/client/dist/index.js', instrument: () => load('./database/redis').instrumentRedis() },
  sqlite: {
    file: 'node:sqlite',
    instrument: (exports) => load('./database/sqlite').instrumentSqlite(exports as never),
  },
  'better-sqlite3': {
    file: 'better-sqlite3/lib/index.js',
    instrument: (exports) => load('./database/sqlite').instrumentBetterSqlite3(exports as never),
  },
  drizzle: each(
    DRIZZLE_DRIVERS.flatMap((driver) => ['js', 'cjs'].map((type) => `drizzle-orm/${driver}/session.${type}`)),
    (exports) => load('./database/builders/drizzle').instrumentDrizzleModule(exports as never),
  ),
  knex: {
    file: 'knex/lib/client.js',
    instrument: (exports) => load('./database/builders/knex').instrumentKnex({ Client: exports as never }),
  },
  kysely: each(
    ['', 'esm/', 'cjs/'].map((type) => `kysely/dist/${type}query-executor/default-query-executor.js`),
    (exports) => load('./database/builders/kysely').instrumentKysely(exports as never),
  ),
  prisma: each(
    ['client.js', 'client.mjs', 'library.js'].map((file) => `@prisma/client/runtime/${file}`),
    () => load('./database/builders/prisma').instrumentPrisma(),
  ),
  kafkajs: {
    file: 'kafkajs/index.js',
    instrument: (exports) => load('./messaging/kafkajs').instrumentKafkajs(exports as never),
  },
  'platformatic-kafka': {
    file: '@platformatic/kafka/dist/index.js',
    instrument: () => load('./messaging/platformatic-kafka').instrumentPlatformaticKafka(),
  },
  nats: {
    file: '@nats-io/nats-core/lib/internal_mod.js',
    instrument: (exports) => load('./messaging/nats').instrumentNats(exports as never),
  },
  bullmq: {
    file: 'bullmq/dist/cjs/index.js',
    instrument: (exports) => load('./messaging/bullmq').instrumentBullmq(exports as never),
  },
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
