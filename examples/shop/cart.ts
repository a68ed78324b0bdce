/** What customers have put into their carts. Hono and Redis. */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { Redis } from 'ioredis';
import { ready, setting } from './service.ts';

const redis = new Redis(setting('REDIS_URL'));
const app = new Hono();

app.put('/carts/:customer/:product', async (c) => {
  const { customer, product } = c.req.param();
  const count = await redis.hincrby(`cart:${customer}`, product, 1);
  return c.json({ [product]: count });
});

app.delete('/carts/:customer', async (c) => {
  const key = `cart:${c.req.param('customer')}`;
  const results = await redis.pipeline().hgetall(key).del(key).exec();
  return c.json(results?.[0]?.[1] as Record<string, string>);
});

const server = serve({ fetch: app.fetch, port: Number(setting('PORT')), hostname: '127.0.0.1' });
ready(() => {
  server.close();
  redis.disconnect();
});
