import type { JsonAttributes } from '@otelier/query';
import type { Random } from './random.ts';

/** A call in the simulated shop with its nested calls. Times are in milliseconds since the caller's start. */
export interface Call {
  readonly service: string;
  readonly name: string;
  readonly kind?: 'SERVER' | 'CLIENT' | 'INTERNAL' | 'PRODUCER' | 'CONSUMER';
  readonly at: number;
  readonly lasts: number;
  readonly attributes?: JsonAttributes;
  readonly failure?: { readonly type: string; readonly message: string };
  readonly events?: readonly { readonly at: number; readonly name: string; readonly attributes: JsonAttributes }[];
  readonly calls?: readonly Call[];
}

const http = (method: string, route: string, status = 200): JsonAttributes => ({
  'http.request.method': method,
  'http.route': route,
  'http.response.status_code': status,
  'url.scheme': 'http',
});
const sql = (statement: string, at: number, lasts: number, service: string): Call => ({
  service,
  name: statement,
  kind: 'CLIENT',
  at,
  lasts,
  attributes: {
    'db.system.name': 'postgresql',
    'db.query.text': `${statement} WHERE id = $1`,
    'server.address': 'db.shop.test',
    'server.port': 5432,
  },
});
const redis = (command: string, at: number, lasts: number, service: string): Call => ({
  service,
  name: command,
  kind: 'CLIENT',
  at,
  lasts,
  attributes: { 'db.system.name': 'redis', 'server.address': 'cache.shop.test' },
});

/**
 * Creates a visit to a random route, weighted by popularity. If `badDeploy`, most calls to the payment gateway time
 * out.
 */
export function visit(random: Random, badDeploy: boolean): Call {
  const draw = random.next();
  if (draw < 0.09) return checkout(random, random.next() < (badDeploy ? 0.55 : 0.02));
  if (draw < 0.4) return product(random);
  if (draw < 0.62) return cart(random);
  if (draw < 0.88) return products(random);
  return quotes(random);
}

function product(random: Random): Call {
  const slow = random.spread(0.25);
  const stale = random.next() < 0.03;
  const missing = random.next() < 0.01;
  return {
    service: 'frontend',
    name: 'GET /api/products/:id',
    kind: 'SERVER',
    at: 0,
    lasts: 44 * slow,
    attributes: http('GET', '/api/products/:id', missing ? 404 : 200),
    calls: [
      {
        service: 'catalog',
        name: 'GET /products/:id',
        kind: 'SERVER',
        at: 3,
        lasts: 12 * slow,
        attributes: http('GET', '/products/:id', missing ? 404 : 200),
        ...(missing ? { failure: { type: 'ProductNotFound', message: 'no product with id OLJCESPC7Z' } } : {}),
        calls: [sql('SELECT product', 2, 7 * slow, 'catalog')],
      },
      {
        service: 'recommendation',
        name: 'GET /recommendations',
        kind: 'SERVER',
        at: 16 * slow,
        lasts: 22 * slow,
        attributes: http('GET', '/recommendations'),
        ...(stale ? { failure: { type: 'ModelStale', message: 'ranking model is 26 h old, fallback used' } } : {}),
        calls: [
          redis('MGET rec:*', 2, 1.2, 'recommendation'),
          {
            service: 'recommendation',
            name: 'model.rank',
            at: 4,
            lasts: 15 * slow,
            events: [{ at: 7 * slow, name: 'candidates', attributes: { count: 40 } }],
          },
        ],
      },
    ],
  };
}

function cart(random: Random): Call {
  const slow = random.spread(0.3);
  const reset = random.next() < 0.004;
  return {
    service: 'frontend',
    name: 'GET /api/cart',
    kind: 'SERVER',
    at: 0,
    lasts: 16 * slow,
    attributes: http('GET', '/api/cart', reset ? 502 : 200),
    calls: [
      {
        service: 'cart',
        name: 'GET /cart/:user',
        kind: 'SERVER',
        at: 2,
        lasts: 9 * slow,
        attributes: http('GET', '/cart/:user'),
        ...(reset ? { failure: { type: 'ECONNRESET', message: 'read ECONNRESET while reading cart:u-55120' } } : {}),
        calls: [redis('HGETALL cart:*', 1, 0.6, 'cart')],
      },
    ],
  };
}

function products(random: Random): Call {
  const slow = random.spread(0.35);
  const deadlock = random.next() < 0.002;
  return {
    service: 'frontend',
    name: 'GET /api/products',
    kind: 'SERVER',
    at: 0,
    lasts: 34 * slow,
    attributes: http('GET', '/api/products'),
    calls: [
      {
        service: 'catalog',
        name: 'GET /products',
        kind: 'SERVER',
        at: 2,
        lasts: 26 * slow,
        attributes: http('GET', '/products'),
        ...(deadlock
          ? { failure: { type: 'DeadlockDetected', message: 'deadlock detected: process 4121 waits for ShareLock' } }
          : {}),
        calls: [sql('SELECT products', 3, 18 * slow, 'catalog')],
      },
    ],
  };
}

function quotes(random: Random): Call {
  const slow = random.spread(0.3);
  return {
    service: 'shipping',
    name: 'POST /quotes',
    kind: 'SERVER',
    at: 0,
    lasts: 18 * slow,
    attributes: http('POST', '/quotes'),
    calls: [
      { service: 'shipping', name: 'carrier.rates', at: 3, lasts: 12 * slow, attributes: { carrier: 'acmepost' } },
    ],
  };
}

function checkout(random: Random, timesOut: boolean): Call {
  const slow = random.spread(0.08);
  const invalid = !timesOut && random.next() < 0.03;
  const charge = timesOut ? 1954 : 180 * slow;
  const orders = invalid ? 60 : 676 + charge + 66;
  return {
    service: 'frontend',
    name: 'POST /api/checkout',
    kind: 'SERVER',
    at: 0,
    lasts: 148 + orders + 20 * slow,
    attributes: {
      ...http('POST', '/api/checkout', timesOut ? 502 : 200),
      'user.id': `u-${Math.floor(random.next() * 90_000)}`,
    },
    ...(timesOut ? { failure: { type: '502', message: 'POST /api/checkout returned 502 Bad Gateway' } } : {}),
    calls: [
      { service: 'frontend', name: 'session.verify', at: 4, lasts: 32 },
      {
        service: 'cart',
        name: 'GET /cart/:user',
        kind: 'SERVER',
        at: 40,
        lasts: 92,
        attributes: http('GET', '/cart/:user'),
        calls: [redis('HGETALL cart:*', 6, 4, 'cart'), { service: 'cart', name: 'price.refresh', at: 14, lasts: 66 }],
      },
      {
        service: 'checkout',
        name: 'POST /orders',
        kind: 'SERVER',
        at: 140,
        lasts: orders,
        attributes: http('POST', '/orders', timesOut || invalid ? 500 : 201),
        ...(timesOut
          ? { failure: { type: 'PaymentDeclined', message: 'charge failed: upstream timeout, order 8f31c2 kept open' } }
          : invalid
            ? { failure: { type: 'ValidationError', message: 'address.postal_code: expected 5 digits, got "1011"' } }
            : {}),
        calls: invalid
          ? [{ service: 'checkout', name: 'order.validate', at: 8, lasts: 50 }]
          : orderCalls(random, slow, timesOut, charge),
      },
      ...(timesOut ? [{ service: 'frontend', name: 'render.error', at: 2842 * slow, lasts: 16 }] : []),
    ],
  };
}

function orderCalls(random: Random, slow: number, timesOut: boolean, charge: number): readonly Call[] {
  return [
    { service: 'checkout', name: 'order.validate', at: 8, lasts: 50 },
    {
      service: 'catalog',
      name: 'POST /products/lookup',
      kind: 'SERVER',
      at: 64,
      lasts: 406,
      attributes: http('POST', '/products/lookup'),
      calls: [
        { service: 'catalog', name: 'auth.check', at: 8, lasts: 24 },
        ...Array.from({ length: 12 }, (_, index) =>
          sql('SELECT product', 40 + index * 26.6, 24 * random.spread(0.05), 'catalog'),
        ),
        {
          service: 'catalog',
          name: 'stock.reserve',
          at: 362,
          lasts: 38,
          calls: [sql('UPDATE stock', 6, 26, 'catalog')],
        },
      ],
    },
    {
      service: 'shipping',
      name: 'POST /quotes',
      kind: 'SERVER',
      at: 476,
      lasts: 126,
      attributes: http('POST', '/quotes'),
      calls: [{ service: 'shipping', name: 'carrier.rates', at: 14, lasts: 98 * slow }],
    },
    {
      service: 'recommendation',
      name: 'GET /recommendations',
      kind: 'SERVER',
      at: 478,
      lasts: 190,
      attributes: http('GET', '/recommendations'),
      calls: [
        {
          service: 'recommendation',
          name: 'model.rank',
          at: 22,
          lasts: 130,
          events: [{ at: 66, name: 'candidates', attributes: { count: 40 } }],
        },
        redis('MGET rec:*', 158, 8, 'recommendation'),
      ],
    },
    { service: 'checkout', name: 'order.total', at: 672, lasts: 16 },
    payment(timesOut, charge),
    {
      service: 'checkout',
      name: timesOut ? 'order.keep_open' : 'order.place',
      at: 676 + charge + 10,
      lasts: 34,
      calls: [sql('UPDATE orders', 6, 22, 'checkout')],
    },
  ];
}

function payment(timesOut: boolean, charge: number): Call {
  const failure = { type: 'CardGatewayTimeout', message: 'No response from gateway.acmepay.test within 800 ms' };
  const gateway = timesOut ? 1704 : charge - 90;
  const attempt = (at: number): Call => ({
    service: 'payment',
    name: 'POST /v1/charges',
    kind: 'CLIENT',
    at,
    lasts: timesOut ? 800 : gateway - 6,
    attributes: { 'http.request.method': 'POST', 'server.address': 'gateway.acmepay.test', 'server.port': 443 },
    ...(timesOut ? { failure } : {}),
  });
  return {
    service: 'payment',
    name: 'POST /charge',
    kind: 'SERVER',
    at: 696,
    lasts: charge,
    attributes: http('POST', '/charge', timesOut ? 504 : 200),
    ...(timesOut ? { failure } : {}),
    calls: [
      {
        service: 'payment',
        name: 'card.tokenize',
        at: 8,
        lasts: timesOut ? 86 : 30,
        calls: [{ service: 'payment', name: 'vault.lookup', at: 6, lasts: 12 }],
      },
      {
        service: 'payment',
        name: 'fraud.score',
        at: timesOut ? 98 : 40,
        lasts: timesOut ? 126 : 30,
        attributes: { 'fraud.score': 0.08, 'fraud.model': '2025-10' },
      },
      {
        service: 'payment',
        name: 'gateway.charge',
        kind: 'INTERNAL',
        at: timesOut ? 234 : 74,
        lasts: gateway,
        attributes: {
          'http.request.method': 'POST',
          'server.address': 'gateway.acmepay.test',
          'retry.attempts': timesOut ? 2 : 1,
          'payment.method': 'card',
          'payment.amount': 84.9,
          'payment.currency': 'EUR',
          'payment.card.last4': '4417',
        },
        ...(timesOut
          ? { failure, events: [{ at: 802, name: 'retry', attributes: { attempt: 2, backoff: '100ms' } }] }
          : {}),
        calls: timesOut ? [attempt(2), attempt(902)] : [attempt(2)],
      },
      ...(timesOut ? [{ service: 'payment', name: 'charge.release', at: 1942, lasts: 8 }] : []),
    ],
  };
}
