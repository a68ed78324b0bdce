/**
 * The simulated shop: seven services, with the calls, durations and failures of their operations. Durations are medians
 * in milliseconds and exclude the operation's calls.
 */
export const SHOP: Shop = {
  services: {
    frontend: { version: '3.11.0', language: 'nodejs', scope: '@opentelemetry/instrumentation-http' },
    checkout: {
      version: '2.4.0',
      language: 'go',
      scope: 'go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp',
    },
    payment: { version: '2.8.1', language: 'nodejs', scope: '@opentelemetry/instrumentation-http' },
    catalog: { version: '5.2.7', language: 'java', scope: 'io.opentelemetry.tomcat-10.0' },
    cart: { version: '1.19.2', language: 'dotnet', scope: 'Microsoft.AspNetCore' },
    recommendation: { version: '0.9.4', language: 'python', scope: 'opentelemetry.instrumentation.flask' },
    shipping: { version: '1.7.3', language: 'rust', scope: 'opentelemetry-instrumentation-actix-web' },
  },
  entries: [
    { operation: 'frontend GET /', weight: 30 },
    { operation: 'frontend GET /api/products/:id', weight: 34 },
    { operation: 'frontend GET /api/cart', weight: 16 },
    { operation: 'frontend POST /api/cart', weight: 9 },
    { operation: 'frontend POST /api/checkout', weight: 7 },
    { operation: 'frontend GET /api/search', weight: 4 },
  ],
  operations: {
    'frontend GET /': server('GET', '/', 6, [
      call('catalog GET /products'),
      call('recommendation GET /recommendations', 0.8),
    ]),
    'frontend GET /api/products/:id': server('GET', '/api/products/:id', 4, [
      call('catalog GET /products/:id'),
      call('recommendation GET /recommendations', 0.5),
    ]),
    'frontend GET /api/cart': server('GET', '/api/cart', 3, [
      call('frontend session.verify'),
      call('cart GET /cart/:user'),
    ]),
    'frontend POST /api/cart': server('POST', '/api/cart', 3, [
      call('frontend session.verify'),
      call('cart POST /cart/:user'),
    ]),
    'frontend POST /api/checkout': server('POST', '/api/checkout', 9, [
      call('frontend session.verify'),
      call('cart GET /cart/:user'),
      call('checkout POST /orders'),
    ]),
    'frontend GET /api/search': server(
      'GET',
      '/api/search',
      5,
      [call('catalog GET /products/search')],
      [{ rate: 0.01, type: 'AbortError', message: 'client closed the connection', status: 499 }],
    ),
    'frontend session.verify': internal(8, [call('redis GET session')]),

    'checkout POST /orders': server('POST', '/orders', 12, [
      call('checkout order.validate'),
      call('catalog POST /products/lookup'),
      call('shipping POST /quotes'),
      call('payment POST /charge'),
      call('checkout order.save'),
    ]),
    'checkout order.validate': internal(
      14,
      [],
      [
        {
          rate: 0.012,
          type: 'ValidationError',
          message: 'address.postal_code: expected 5 digits, got "1011"',
          status: 422,
        },
      ],
    ),
    'checkout order.save': internal(6, [call('postgresql INSERT orders'), call('redis DEL cart')]),

    'payment POST /charge': server('POST', '/charge', 8, [call('payment fraud.score'), call('payment gateway.charge')]),
    'payment fraud.score': internal(42),
    'payment gateway.charge': client('POST', '/v1/charges', 'gateway.acmepay.test', 160, [
      { rate: 0.015, type: 'PaymentDeclined', message: 'card declined by issuer', status: 402 },
      {
        rate: 0.45,
        type: 'CardGatewayTimeout',
        message: 'no response from gateway.acmepay.test within 800 ms',
        status: 504,
        addsMillis: 1600,
        onlyInIncident: true,
      },
    ]),

    'catalog GET /products': server('GET', '/products', 4, [
      call('redis MGET products'),
      call('postgresql SELECT products', 0.3),
    ]),
    'catalog GET /products/:id': server(
      'GET',
      '/products/:id',
      3,
      [call('redis GET product'), call('postgresql SELECT product', 0.25)],
      [{ rate: 0.004, type: 'ProductNotFound', message: 'no product with id OLJCESPC7Z', status: 404 }],
    ),
    'catalog GET /products/search': server('GET', '/products/search', 18, [
      call('postgresql SELECT products full text'),
    ]),
    'catalog POST /products/lookup': server('POST', '/products/lookup', 5, [
      call('postgresql SELECT product', 1, [3, 12]),
      call('catalog stock.reserve'),
    ]),
    'catalog stock.reserve': internal(
      5,
      [call('postgresql UPDATE stock')],
      [
        {
          rate: 0.006,
          type: 'DeadlockDetected',
          message: 'deadlock detected: process 4121 waits for ShareLock',
          status: 500,
        },
      ],
    ),

    'cart GET /cart/:user': server(
      'GET',
      '/cart/:user',
      2,
      [call('redis HGETALL cart')],
      [{ rate: 0.001, type: 'ECONNRESET', message: 'read ECONNRESET while reading cart', status: 500 }],
    ),
    'cart POST /cart/:user': server('POST', '/cart/:user', 3, [call('redis HSET cart')]),

    'recommendation GET /recommendations': server('GET', '/recommendations', 9, [call('recommendation model.rank')]),
    'recommendation model.rank': internal(
      26,
      [call('redis MGET recommendations')],
      [{ rate: 0.01, type: 'ModelStale', message: 'ranking model is 26 h old, fallback used', status: 500 }],
    ),

    'shipping POST /quotes': server('POST', '/quotes', 4, [call('shipping carrier.rates')]),
    'shipping carrier.rates': client('GET', '/rates', 'rates.carrier.test', 48, []),

    'postgresql SELECT products': database(
      'postgresql',
      'SELECT',
      'SELECT id, name, price FROM products ORDER BY rank LIMIT $1',
      6,
    ),
    'postgresql SELECT product': database('postgresql', 'SELECT', 'SELECT * FROM products WHERE id = $1', 3),
    'postgresql SELECT products full text': database(
      'postgresql',
      'SELECT',
      'SELECT id FROM products WHERE search @@ to_tsquery($1)',
      90,
    ),
    'postgresql UPDATE stock': database(
      'postgresql',
      'UPDATE',
      'UPDATE stock SET reserved = reserved + $1 WHERE product_id = $2',
      5,
    ),
    'postgresql INSERT orders': database(
      'postgresql',
      'INSERT',
      'INSERT INTO orders (id, user_id, total) VALUES ($1, $2, $3)',
      7,
    ),
    'redis GET session': database('redis', 'GET', 'GET session:?', 0.5),
    'redis GET product': database('redis', 'GET', 'GET product:?', 0.4),
    'redis MGET products': database('redis', 'MGET', 'MGET product:?', 0.9),
    'redis MGET recommendations': database('redis', 'MGET', 'MGET rec:?', 0.8),
    'redis HGETALL cart': database('redis', 'HGETALL', 'HGETALL cart:?', 0.6),
    'redis HSET cart': database('redis', 'HSET', 'HSET cart:? ?', 0.5),
    'redis DEL cart': database('redis', 'DEL', 'DEL cart:?', 0.4),
  },
};

/** A simulated shop. Operations are keyed by `SERVICE NAME`. */
export interface Shop {
  readonly services: Readonly<Record<string, ShopService>>;
  readonly entries: readonly { readonly operation: string; readonly weight: number }[];
  readonly operations: Readonly<Record<string, Operation>>;
}

export interface ShopService {
  readonly version: string;
  readonly language: string;
  readonly scope: string;
}

/** An operation, which produces one span per call. */
export interface Operation {
  readonly kind: 'server' | 'client' | 'internal';
  readonly medianMillis: number;
  readonly calls: readonly Call[];
  readonly failures: readonly Failure[];
  readonly http?: { readonly method: string; readonly route: string; readonly peer: string | undefined };
  readonly database?: { readonly system: string; readonly operation: string; readonly statement: string };
}

/** A call to another operation. */
export interface Call {
  readonly operation: string;
  readonly probability: number;
  readonly times: readonly [min: number, max: number];
}

/** A way in which an operation can fail. */
export interface Failure {
  /** Fraction of calls that fail, from 0 to 1. */
  readonly rate: number;
  readonly type: string;
  readonly message: string;
  /** HTTP status of the response. */
  readonly status: number;
  /** Additional duration of a failed call. */
  readonly addsMillis?: number;
  /** Whether the failure occurs only during an incident. */
  readonly onlyInIncident?: boolean;
}

function call(operation: string, probability = 1, times: readonly [number, number] = [1, 1]): Call {
  return { operation, probability, times };
}

function server(
  method: string,
  route: string,
  medianMillis: number,
  calls: readonly Call[],
  failures: readonly Failure[] = [],
): Operation {
  return { kind: 'server', medianMillis, calls, failures, http: { method, route, peer: undefined } };
}

function internal(medianMillis: number, calls: readonly Call[] = [], failures: readonly Failure[] = []): Operation {
  return { kind: 'internal', medianMillis, calls, failures };
}

function client(
  method: string,
  route: string,
  peer: string,
  medianMillis: number,
  failures: readonly Failure[],
): Operation {
  return { kind: 'client', medianMillis, calls: [], failures, http: { method, route, peer } };
}

function database(system: string, operation: string, statement: string, medianMillis: number): Operation {
  return { kind: 'client', medianMillis, calls: [], failures: [], database: { system, operation, statement } };
}
