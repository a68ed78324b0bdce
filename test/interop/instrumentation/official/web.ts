import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import { createRequire } from 'node:module';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { instrumentExpress } from '../../../../packages/sdk/src/instrumentation/web/express.ts';
import { instrumentFastify } from '../../../../packages/sdk/src/instrumentation/web/fastify.ts';
import { instrumentHono } from '../../../../packages/sdk/src/instrumentation/web/hono.ts';
import { instrumentKoa } from '../../../../packages/sdk/src/instrumentation/web/koa.ts';
import { instrumentNest } from '../../../../packages/sdk/src/instrumentation/web/nest.ts';
import { instrumentHttpServers } from '../../../../packages/sdk/src/instrumentation/web/node-http.ts';
import { LIBRARIES } from '../libraries/install.ts';
import type { Host, Program } from './program.ts';

/** Sent as they are, one per connection. */
const REQUESTS: Readonly<Record<string, string>> = {
  route: 'GET /users/7?full=1&sig=secret HTTP/1.1\r\nUser-Agent: test',
  'nested router': 'GET /api/v2/items/9 HTTP/1.1',
  'unknown path': 'GET /missing HTTP/1.1',
  'thrown error': 'GET /sync HTTP/1.1',
  'unknown method': 'PROPFIND /users/7 HTTP/1.1',
  'behind a proxy':
    'GET /users/7 HTTP/1.1\r\nX-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example',
  'health check': 'GET /healthz HTTP/1.1',
};

// The official instrumentations follow `require`.
const require = createRequire(import.meta.url);
/** Of the official instrumentations that are not part of `@opentelemetry/auto-instrumentations-node`. */
const requireLibrary = createRequire(join(LIBRARIES, 'package.json'));

/** Returns a listener, or the framework's own server. */
type Create = (host: Host) => Promise<RequestListener | Server>;

const APPLICATIONS: Readonly<Record<string, Create>> = {
  async 'node-http'({ isOurs, options, after }) {
    if (isOurs) after(instrumentHttpServers(options));
    return (request, response) => response.writeHead(request.url?.startsWith('/users') ? 200 : 404).end();
  },
  async express({ isOurs, options, after }) {
    const express = require('express') as typeof import('express');
    if (isOurs) after(instrumentExpress(express, options));
    const app = express().set('env', 'test');
    app.get('/users/:id', (_, response) => void response.send('ok'));
    app.use(
      '/api/:version',
      express.Router().get('/items/:item', (_, response) => void response.send('ok')),
    );
    app.get('/sync', () => {
      throw new TypeError('sync');
    });
    return app;
  },
  async koa({ isOurs, options, after }) {
    const Koa = require('koa') as typeof import('koa');
    const Router = require('@koa/router') as typeof import('@koa/router').default;
    if (isOurs) after(instrumentKoa(Koa, options));
    const app = new Koa();
    app.silent = true;
    const router = new Router();
    router.get('/users/:id', (ctx) => {
      ctx.body = 'ok';
    });
    const items = new Router().get('/items/:item', (ctx) => {
      ctx.body = 'ok';
    });
    router.use('/api/:version', items.routes());
    router.get('/sync', () => {
      throw new TypeError('sync');
    });
    return app.use(router.routes()).callback();
  },
  async fastify({ isOurs, options, after }) {
    const fastify = (require('fastify') as typeof import('fastify')).fastify();
    after(() => fastify.close());
    if (isOurs) instrumentFastify(fastify, options);
    else await fastify.register(officialOfFastify());
    fastify.get('/users/:id', async () => 'ok');
    await fastify.register(
      async (items) => {
        items.get('/items/:item', async () => 'ok');
      },
      { prefix: '/api/:version' },
    );
    fastify.get('/sync', () => {
      throw new TypeError('sync');
    });
    await fastify.ready();
    return (request, response) => fastify.routing(request, response);
  },
  async hono({ isOurs, options }) {
    // The official instrumentation reads what its own copy has stored.
    const { Hono } = (isOurs ? require : requireLibrary)('hono') as typeof import('hono');
    const { getRequestListener } = require('@hono/node-server') as typeof import('@hono/node-server');
    const app = new Hono();
    if (isOurs) instrumentHono(app, options);
    else app.use(officialOfHono());
    app.get('/users/:id', (c) => c.text('ok'));
    app.route(
      '/api/:version',
      new Hono().get('/items/:item', (c) => c.text('ok')),
    );
    app.get('/sync', () => {
      throw new TypeError('sync');
    });
    app.onError((_, c) => c.text('error', 500));
    return getRequestListener(app.fetch);
  },
  async nest({ isOurs, options, after }) {
    // The official instrumentation supports versions up to 11.
    const load = isOurs ? require : requireLibrary;
    const { Controller, Get, Module } = load('@nestjs/common') as typeof import('@nestjs/common');
    const { NestFactory } = load('@nestjs/core') as typeof import('@nestjs/core');
    class Shop {
      user() {
        return 'ok';
      }
      item() {
        return 'ok';
      }
      sync() {
        throw new TypeError('sync');
      }
    }
    const route = (path: string, name: 'user' | 'item' | 'sync') =>
      Get(path)(Shop.prototype, name, Object.getOwnPropertyDescriptor(Shop.prototype, name) as PropertyDescriptor);
    route('users/:id', 'user');
    route('api/:version/items/:item', 'item');
    route('sync', 'sync');
    Controller()(Shop);
    class App {}
    Module({ controllers: [Shop] })(App);
    const app = await NestFactory.create(App, { logger: false });
    after(() => app.close());
    if (isOurs) instrumentNest(app, options);
    await app.init();
    return app.getHttpServer() as Server;
  },
};

/** Applications of each framework, to which the same requests are sent. */
export const WEB: Readonly<Record<string, Program>> = Object.fromEntries(
  Object.entries(APPLICATIONS).map(([name, create]) => [
    name,
    { hasOwnServerSpans: name === 'hono', run: (host) => serve(host, create) } satisfies Program,
  ]),
);

function officialOfFastify(): (instance: object) => Promise<void> {
  const { FastifyOtelInstrumentation } = requireLibrary('@fastify/otel') as {
    readonly FastifyOtelInstrumentation: new () => { plugin(): (instance: object) => Promise<void> };
  };
  return new FastifyOtelInstrumentation().plugin();
}

function officialOfHono(): () => Promise<void> {
  const { httpInstrumentationMiddleware } = requireLibrary('@hono/otel') as {
    readonly httpInstrumentationMiddleware: () => () => Promise<void>;
  };
  return httpInstrumentationMiddleware();
}

async function serve(host: Host, create: Create): Promise<void> {
  const { createServer, Server } = require('node:http') as typeof import('node:http');
  const created = await create(host);
  const server = created instanceof Server ? created : createServer(created);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  host.hide(port, 'PORT');
  for (const [request, head] of Object.entries(REQUESTS)) await host.step(request, () => send(port, head));
}

/** Sends one request and waits until the server has closed the connection. */
async function send(port: number, head: string): Promise<void> {
  const socket = connect(port, '127.0.0.1').resume();
  socket.write(`${head}\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
  await once(socket, 'close');
}
