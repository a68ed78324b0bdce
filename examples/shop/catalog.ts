/** Products and their prices. Fastify and PostgreSQL. */
import createFastify from 'fastify';
import pg from 'pg';
import { ready, setting } from './service.ts';

const pool = new pg.Pool({ connectionString: setting('DATABASE_URL'), max: 2 });
await pool.query('CREATE TABLE IF NOT EXISTS products (name text PRIMARY KEY, price int)');
await pool.query(
  'CREATE TABLE IF NOT EXISTS orders (id serial PRIMARY KEY, customer text, items int, is_packed boolean DEFAULT false)',
);
await pool.query("INSERT INTO products VALUES ('tea', 400), ('mug', 900), ('kettle', 3900) ON CONFLICT DO NOTHING");

const app = createFastify({ forceCloseConnections: true });
app.get('/products', async () => (await pool.query('SELECT name, price FROM products ORDER BY price')).rows);
app.get<{ Params: { name: string } }>('/products/:name', async (request, reply) => {
  const { rows } = await pool.query('SELECT name, price FROM products WHERE name = $1', [request.params.name]);
  return rows[0] ?? reply.status(404).send({ message: 'not found' });
});
await app.listen({ port: Number(setting('PORT')), host: '127.0.0.1' });
ready(async () => {
  await app.close();
  await pool.end();
});
