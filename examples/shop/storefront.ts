/** What customers see. Express. */
import { once } from 'node:events';
import express from 'express';
import { ready, setting } from './service.ts';

const app = express();
app.use(express.json());

app.get('/products', async (_, response) => {
  response.json(await (await fetch(`${setting('CATALOG_URL')}/products`)).json());
});

app.post('/orders', async (request, response) => {
  const { customer, products } = request.body as { customer: string; products: readonly string[] };
  for (const product of products) {
    const found = await fetch(`${setting('CATALOG_URL')}/products/${product}`);
    if (!found.ok) {
      response.status(404).send(`no product ${product}`);
      return;
    }
    await fetch(`${setting('CART_URL')}/carts/${customer}/${product}`, { method: 'PUT' });
  }
  const body = JSON.stringify({ customer });
  const headers = { 'content-type': 'application/json' };
  const placed = await fetch(`${setting('ORDERS_URL')}/orders`, { method: 'POST', headers, body });
  response.status(placed.status).send(await placed.text());
});

const server = app.listen(Number(setting('PORT')), '127.0.0.1');
await once(server, 'listening');
ready(() => server.close());
