import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startProgram } from '../configuration/program.testing.ts';
import { startSink } from '../sink.testing.ts';

/** A program that handles one request with each framework: Koa is required, the others are imported. */
const PROGRAM = `
  import { createServer } from 'node:http';
  import { createRequire } from 'node:module';
  import { getRequestListener } from '@hono/node-server';
  import { Hono } from 'hono';
  import express from 'express';
  import fastify from 'fastify';
  import mysql2 from 'mysql2';
  import pg from 'pg';
  import { DatabaseSync } from 'node:sqlite';
  import BetterSqlite3 from 'better-sqlite3';
  import { drizzle } from 'drizzle-orm/better-sqlite3';
  import createKnex from 'knex';
  import { Kysely, sql, SqliteDialect } from 'kysely';
  const require = createRequire(process.cwd() + '/');
  const Koa = require('koa');
  const Router = require('@koa/router');

  const app5 = express();
  app5.get('/express/:id', (request, response) => response.send('ok'));
  const router = new Router().get('/koa/:id', (ctx) => { ctx.body = 'ok'; });
  const koa = new Koa().use(router.routes());
  const app = fastify();
  app.get('/fastify/:id', async () => 'ok');
  await app.ready();
  const hono = new Hono();
  hono.get('/hono/:id', (c) => c.text('ok'));
  const { Controller, Get, Module } = await import('@nestjs/common');
  const { NestFactory } = await import('@nestjs/core');
  class Shop { find() { return 'ok'; } }
  Get(':id')(Shop.prototype, 'find', Object.getOwnPropertyDescriptor(Shop.prototype, 'find'));
  Controller('nest')(Shop);
  class App {}
  Module({ controllers: [Shop] })(App);
  const nest = await NestFactory.create(App, { logger: false });
  await nest.init();
  const database = new DatabaseSync(':memory:');
  // Not connected, so that its queries fail.
  const client = new pg.Client();
  await client.end();
  const connection = mysql2.createConnection({ host: '127.0.0.1', port: 1 });
  connection.on('error', () => {});
  const knex = createKnex({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true });
  const kysely = new Kysely({ dialect: new SqliteDialect({ database: new BetterSqlite3(':memory:') }) });
  const drizzled = drizzle({ client: new BetterSqlite3(':memory:') });
  const listeners = {
    express: app5,
    koa: koa.callback(),
    fastify: (request, response) => app.routing(request, response),
    hono: getRequestListener(hono.fetch),
    nest: nest.getHttpAdapter().getInstance(),
    http: async (request, response) => {
      await knex.raw('select 4');
      await sql.raw('select 5').execute(kysely);
      drizzled.all('select 6');
      database.prepare('select 1').get();
      connection.query('select 3', () => client.query('select 2').catch(() => response.end('ok')));
    },
  };
  for (const [name, listener] of Object.entries(listeners)) {
    const server = createServer(listener);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const response = await fetch('http://127.0.0.1:' + server.address().port + '/' + name + '/7');
    console.log(await response.text());
    server.closeAllConnections();
    server.close();
  }
  await nest.close();
  await knex.destroy();
`;

const SERVER = 2;
const CLIENT = 3;

/** Runs the program and returns the names of its server spans, and how many of them continue one of its requests. */
async function run(t: Parameters<typeof startSink>[0], environment: Readonly<Record<string, string>>) {
  const sink = await startSink(t);
  const program = startProgram(PROGRAM, {
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    OTEL_LOG_LEVEL: 'warn',
    ...environment,
  });
  const { code, output, errors } = await program.ended;
  assert.equal(code, 0, errors);
  assert.equal(output, 'ok\n'.repeat(6));
  const servers = sink.spans().filter(({ kind }) => kind === SERVER);
  const clients = new Set(sink.spans().flatMap(({ kind, spanId }) => (kind === CLIENT ? [spanId] : [])));
  const continued = servers.filter(({ parentSpanId }) => clients.has(parentSpanId ?? '')).length;
  const queries = sink.spans().flatMap(({ name }) => (name === 'SELECT' ? [name] : [])).length;
  const builders = JSON.stringify(sink.spans()).matchAll(/"db.query.builder".*?"stringValue":"(.*?)"/g);
  return {
    builders: [...builders].map(([, name]) => name),
    names: servers.map(({ name }) => name),
    handlers: servers.flatMap(
      (span) => /"code.function.name".*?"stringValue":"(.*?)"/.exec(JSON.stringify(span))?.[1] ?? [],
    ),
    continued,
    queries,
    errors,
    metrics: sink.metrics().map(({ name }) => name),
  };
}

test('a program is instrumented without a change, whether it imports or requires its libraries', async (t) => {
  const { names, handlers, continued, queries, builders, errors, metrics } = await run(t, {});
  assert.deepEqual(names, [
    'GET /express/:id',
    'GET /koa/:id',
    'GET /fastify/:id',
    'GET /hono/:id',
    'GET /nest/:id',
    'GET',
  ]);
  assert.deepEqual(handlers, ['Shop.find']);
  assert.equal(continued, names.length);
  assert.equal(queries, 6);
  assert.deepEqual(builders, ['knex', 'kysely', 'drizzle']);
  assert.equal(errors, '');
  assert.ok(metrics.includes('http.server.request.duration'));
});

test('a variable selects instrumentations, another one excludes some, and unknown names are reported', async (t) => {
  const { names, errors } = await run(t, {
    OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'express, koa,ftp',
    OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'koa',
  });
  // Nest uses Express.
  assert.deepEqual(names, ['GET /express/:id', 'GET /nest/:id']);
  assert.match(errors, /OTEL_NODE_ENABLED_INSTRUMENTATIONS: expected http, .*nestjs-core.*; got ftp; ignored/);
});

test('nothing is instrumented if the SDK is disabled', async (t) => {
  const { names } = await run(t, { OTEL_SDK_DISABLED: 'true' });
  assert.deepEqual(names, []);
});
