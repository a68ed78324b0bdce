/** Places orders. Nest, PostgreSQL and Redis. */
import { Body, Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { context, propagation } from '@opentelemetry/api';
import { Redis } from 'ioredis';
import pg from 'pg';
import { ready, setting } from './service.ts';

const pool = new pg.Pool({ connectionString: setting('DATABASE_URL'), max: 2 });
const redis = new Redis(setting('REDIS_URL'));

class Orders {
  async place({ customer }: { readonly customer: string }) {
    const response = await fetch(`${setting('CART_URL')}/carts/${customer}`, { method: 'DELETE' });
    const cart = Object.values((await response.json()) as Record<string, string>);
    const items = cart.reduce((sum, count) => sum + Number(count), 0);
    const { rows } = await pool.query('INSERT INTO orders (customer, items) VALUES ($1, $2) RETURNING id', [
      customer,
      items,
    ]);
    // A list of Redis has no headers: the context is part of the message.
    const headers = {};
    propagation.inject(context.active(), headers);
    await redis.rpush('packing', JSON.stringify({ id: rows[0].id, headers }));
    return { id: rows[0].id, items };
  }
}

class Shop {}

// Node runs this file without a compiler, so that decorators are applied as functions.
const place = Object.getOwnPropertyDescriptor(Orders.prototype, 'place') as PropertyDescriptor;
Post()(Orders.prototype, 'place', place);
Body()(Orders.prototype, 'place', 0);
Controller('orders')(Orders);
Module({ controllers: [Orders] })(Shop);

const app = await NestFactory.create(Shop, { logger: false, forceCloseConnections: true });
await app.listen(Number(setting('PORT')), '127.0.0.1');
ready(async () => {
  await app.close();
  redis.disconnect();
  await pool.end();
});
