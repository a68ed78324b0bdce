import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import Router from '@koa/router';
import Koa from 'koa';
import { work } from '../subject.testing.ts';
import { testFramework } from './framework-suite.testing.ts';
import { instrumentKoa } from './koa.ts';

testFramework('Koa', (t, options) => {
  t.after(instrumentKoa(Koa, options));
  const app = new Koa();
  app.silent = true;
  const router = new Router();
  router.get('/users/:id', async (ctx) => {
    await delay(1);
    work('handler');
    ctx.body = ctx.params['id'];
  });
  const items = new Router({ prefix: '/items' });
  items.get('/:item', (ctx) => {
    ctx.body = ctx.params;
  });
  router.use('/api/:version', items.routes());
  router.get('/sync', () => {
    throw new TypeError('sync');
  });
  router.get('/async', async () => {
    await delay(1);
    throw new TypeError('async');
  });
  router.get('/refused', (ctx) => ctx.throw(422, 'refused'));
  router.post('/echo', async (ctx) => {
    let body = '';
    for await (const chunk of ctx.req) body += chunk;
    work('echo');
    ctx.body = JSON.parse(body);
  });
  router.get('/stream', (ctx) => {
    const stream = new PassThrough();
    ctx.body = stream;
    void (async () => {
      for (const chunk of ['0', '1', '2']) {
        await delay(1);
        work('chunk');
        stream.write(chunk);
      }
      stream.end();
    })();
  });
  router.get('/abort', (ctx) => {
    const stream = new PassThrough();
    stream.write('first');
    ctx.body = stream;
  });
  app.use(router.routes());
  return app.callback();
});
