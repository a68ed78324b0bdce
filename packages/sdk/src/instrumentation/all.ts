import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { diag } from '@opentelemetry/api';
import type { Environment } from '../environment.ts';
import { type Ioredis, instrumentIoredis } from './database/ioredis.ts';
import { instrumentMongodb, type Mongodb } from './database/mongodb.ts';
import { instrumentMysql2, type Mysql2 } from './database/mysql2.ts';
import { instrumentPg, type Pg } from './database/pg.ts';
import { type BetterSqlite3, instrumentBetterSqlite3, instrumentSqlite, type SqliteModule } from './database/sqlite.ts';
import { type Bullmq, instrumentBullmq } from './messaging/bullmq.ts';
import { instrumentKafkajs, type Kafkajs } from './messaging/kafkajs.ts';
import { instrumentNats, type Nats } from './messaging/nats.ts';
import { instrumentPlatformaticKafka } from './messaging/platformatic-kafka.ts';
import { instrumentOnLoad, type LoadedLibrary } from './on-load.ts';
import { type Express, instrumentExpress } from './web/express.ts';
import { type FastifyInstance, instrumentFastify } from './web/fastify.ts';
import { instrumentFetch } from './web/fetch.ts';
import { followRoutes, type HonoApp } from './web/hono.ts';
import { instrumentKoa, type KoaClass } from './web/koa.ts';
import { followErrors, followHandlers, type RouterExecutionContext, type RouterProxy } from './web/nest.ts';
import { instrumentHttpRequests, instrumentHttpServers } from './web/node-http.ts';
import { instrumentHttp2Servers } from './web/node-http2.ts';

/** An instrumentation that starts immediately, or when files of a library are loaded. */
type Instrumentation = (() => () => void) | LoadedLibrary | readonly LoadedLibrary[];

type HonoRouter = HonoApp['router'];

/** The exports of files of `@nestjs/core`. */
interface NestRouter {
  readonly RouterProxy: { readonly prototype: RouterProxy };
  readonly RouterExecutionContext: { readonly prototype: RouterExecutionContext };
}

/** The instrumentations by the names that the variables of opentelemetry-js have for them. */
const INSTRUMENTATIONS: Readonly<Record<string, Instrumentation>> = {
  http: () => {
    const undo = [instrumentHttpServers(), instrumentHttpRequests()];
    return () => {
      for (const each of undo) each();
    };
  },
  http2: { file: 'node:http2', instrument: () => instrumentHttp2Servers() },
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
  hono: ['SmartRouter', 'LinearRouter', 'PatternRouter'].flatMap((name) => {
    const file = `router/${name.replace(/Router$/, '').toLowerCase()}-router/router.js`;
    const instrument = (exports: unknown) => {
      followRoutes(
        (exports as Readonly<Record<string, { readonly prototype: HonoRouter }>>)[name]?.prototype as HonoRouter,
      );
    };
    return ['hono/dist', 'hono/dist/cjs'].map((directory) => ({ file: `${directory}/${file}`, instrument }));
  }),
  'nestjs-core': [
    {
      file: '@nestjs/core/router/router-proxy.js',
      instrument: (exports) => followErrors((exports as NestRouter).RouterProxy.prototype),
    },
    {
      file: '@nestjs/core/router/router-execution-context.js',
      instrument: (exports) => followHandlers((exports as NestRouter).RouterExecutionContext.prototype),
    },
  ],
  pg: { file: 'pg/lib/index.js', instrument: (exports) => instrumentPg(exports as Pg) },
  sqlite: { file: 'node:sqlite', instrument: (exports) => instrumentSqlite(exports as SqliteModule) },
  'better-sqlite3': {
    file: 'better-sqlite3/lib/index.js',
    instrument: (exports) => instrumentBetterSqlite3(exports as BetterSqlite3),
  },
  kafkajs: { file: 'kafkajs/index.js', instrument: (exports) => instrumentKafkajs(exports as Kafkajs) },
  'platformatic-kafka': () => instrumentPlatformaticKafka(),
  nats: { file: '@nats-io/nats-core/lib/internal_mod.js', instrument: (exports) => instrumentNats(exports as Nats) },
  bullmq: { file: 'bullmq/dist/cjs/index.js', instrument: (exports) => instrumentBullmq(exports as Bullmq) },
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
