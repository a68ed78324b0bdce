/**
 * A shop of five services: storefront (Express), catalog (Fastify), cart (Hono), orders (Nest) and a worker, with PostgreSQL
 * and Redis. None of them contains code for telemetry, except where an order waits in Redis. Simulated customers order.
 *     node examples/shop/run.ts                  until Ctrl-C
 *     node examples/shop/run.ts --orders 10      ten orders
 * It needs no databases: PostgreSQL runs in WebAssembly, and `redis.ts` is a small replacement for Redis. `DATABASE_URL`
 * and `REDIS_URL` are for real ones. Telemetry is sent to `OTEL_EXPORTER_OTLP_ENDPOINT`, by default http://127.0.0.1:4318.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startDatabase } from './database.ts';
import { startRedis } from './redis.ts';

const { values } = parseArgs({ options: { orders: { type: 'string' } } });
const orders = values.orders === undefined ? Number.POSITIVE_INFINITY : Number(values.orders);

const database = process.env['DATABASE_URL'] === undefined ? await startDatabase() : undefined;
const redis = process.env['REDIS_URL'] === undefined ? await startRedis() : undefined;
const ports = await freePorts(4);
const [storefront, catalog, cart, ordersService] = ports.map((port) => `http://127.0.0.1:${port}`);
const environment = {
  ...process.env,
  DATABASE_URL: process.env['DATABASE_URL'] ?? database?.url,
  REDIS_URL: process.env['REDIS_URL'] ?? redis?.url,
  ...{ CATALOG_URL: catalog, CART_URL: cart, ORDERS_URL: ordersService },
};
// The catalog creates the tables.
const services: ChildProcess[] = [];
for (const [i, name] of ['catalog', 'cart', 'orders', 'worker', 'storefront'].entries()) {
  const port = { catalog: ports[1], cart: ports[2], orders: ports[3], worker: 0, storefront: ports[0] }[name];
  services.push(
    fork(join(import.meta.dirname, `${name}.ts`), {
      execArgv: ['--import', '@otelier/sdk/register'],
      env: { ...environment, PORT: String(port), OTEL_SERVICE_NAME: `shop-${name}` },
    }),
  );
  if (i === 0) await untilReady(services);
}
await untilReady(services.slice(1));
console.log(`The shop is open: ${storefront}/products`);

let isOpen = true;
process.once('SIGINT', () => {
  isOpen = false;
});
for (let i = 0; i < orders && isOpen; i++) {
  const body = JSON.stringify({
    customer: `customer-${i % 3}`,
    products: ['tea', 'mug', ...(i % 5 === 4 ? ['unicorn'] : [])],
  });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${storefront}/orders`, { method: 'POST', headers, body });
  console.log(`order ${i + 1}: ${response.status} ${await response.text()}`);
  if (orders === Number.POSITIVE_INFINITY) await setTimeout(1000);
}
for (const service of services) {
  const ended = once(service, 'exit');
  service.disconnect();
  await ended;
}
await redis?.stop();
await database?.stop();

async function untilReady(started: readonly ChildProcess[]): Promise<void> {
  await Promise.all(started.map((service) => once(service, 'message')));
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  return Promise.all(
    servers.map(async (server) => {
      if (!server.listening) await once(server, 'listening');
      const { port } = server.address() as { port: number };
      server.close();
      return port;
    }),
  );
}
