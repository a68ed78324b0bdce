import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import express5, { type NextFunction, type Request, type Response } from 'express';
import { work } from '../subject.testing.ts';
import { instrumentExpress } from './express.ts';
import { testFramework } from './framework-suite.testing.ts';

// Without types, because those of both versions would be named `@types/express`.
const express4 = createRequire(import.meta.url)('express-4') as typeof express5;

for (const [version, express] of [
  ['5', express5],
  ['4', express4],
] as const)
  testFramework(`Express ${version}`, (t, options) => {
    t.after(instrumentExpress(express, options));
    const app = express();
    app.set('env', 'test');
    app.use(express.json());
    app.get('/users/:id', async (request, response) => {
      await delay(1);
      work('handler');
      response.send(request.params.id);
    });
    const items = express.Router({ mergeParams: true });
    items.get('/items/:item', (request, response) => void response.send(request.params));
    app.use('/api/:version', items);
    app.get('/sync', () => {
      throw new TypeError('sync');
    });
    // Version 4 does not handle rejected promises.
    app.get('/async', (_, __, next) => void delay(1).then(() => next(new TypeError('async'))));
    app.get('/refused', () => {
      throw Object.assign(new Error('refused'), { status: 422 });
    });
    app.post('/echo', (request, response) => {
      work('echo');
      response.json(request.body);
    });
    app.get('/stream', async (_, response) => {
      for (const chunk of ['0', '1', '2']) {
        await delay(1);
        work('chunk');
        response.write(chunk);
      }
      response.end();
    });
    app.get('/abort', (_, response) => void response.write('first'));
    app.use((error: { readonly status?: number }, _: Request, response: Response, __: NextFunction) => {
      response.status(error.status ?? 500).end();
    });
    return app;
  });
