import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import createFastify, { type FastifyInstance } from 'fastify';
import { work } from '../subject.testing.ts';
import { instrumentFastify } from './fastify.ts';
import { testFramework } from './framework-suite.testing.ts';

testFramework('Fastify', async (t, options) => {
  const fastify = createFastify();
  t.after(() => fastify.close());
  instrumentFastify(fastify, options);
  fastify.get<{ Params: { id: string } }>('/users/:id', async (request) => {
    await delay(1);
    work('handler');
    return request.params.id;
  });
  await fastify.register(
    async (items: FastifyInstance) => {
      items.get('/items/:item', (request) => request.params);
    },
    { prefix: '/api/:version' },
  );
  fastify.get('/sync', () => {
    throw new TypeError('sync');
  });
  fastify.get('/async', async () => {
    await delay(1);
    throw new TypeError('async');
  });
  fastify.get('/refused', () => {
    throw Object.assign(new Error('refused'), { statusCode: 422 });
  });
  fastify.post('/echo', (request) => {
    work('echo');
    return request.body;
  });
  fastify.get('/stream', (_, reply) => {
    const stream = new PassThrough();
    void (async () => {
      for (const chunk of ['0', '1', '2']) {
        await delay(1);
        work('chunk');
        stream.write(chunk);
      }
      stream.end();
    })();
    return reply.send(stream);
  });
  fastify.get('/abort', (_, reply) => {
    const stream = new PassThrough();
    stream.write('first');
    return reply.send(stream);
  });
  await fastify.ready();
  return (request, response) => fastify.routing(request, response);
});
