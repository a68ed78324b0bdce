import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributes } from '../../ottl/evaluate.testing.ts';
import { transformed } from './transformed.testing.ts';

/** Returns the resulting name and attributes of a span. */
async function named(kind: number, values: Record<string, unknown>, ...args: string[]) {
  const span = { name: 'before', kind, attributes: attributes(values) };
  const statement = `set_semconv_span_name(${['"1.37.0"', ...args].join(', ')}) where span.name != ""`;
  const { output } = await transformed<{ resourceSpans: { scopeSpans: { spans: Record<string, unknown>[] }[] }[] }>(
    'traces',
    { trace_statements: [statement] },
    { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] },
  );
  return output?.resourceSpans[0]?.scopeSpans[0]?.spans[0] ?? {};
}

const SERVER = 2;
const CLIENT = 3;
const PRODUCER = 4;

const CASES: [string, number, Record<string, unknown>, string][] = [
  ['a route', SERVER, { 'http.request.method': 'GET', 'http.route': '/users/:id' }, 'GET /users/:id'],
  ['a method alone', SERVER, { 'http.method': 'GET', 'url.template': '/x' }, 'GET'],
  ['a template', CLIENT, { 'http.request.method': 'PUT', 'url.template': '/x/{id}' }, 'PUT /x/{id}'],
  ['a remote method', SERVER, { 'rpc.system': 'grpc', 'rpc.service': 'Cart', 'rpc.method': 'Add' }, 'Cart/Add'],
  ['a remote service', CLIENT, { 'rpc.system.name': 'grpc', 'rpc.service': 'Cart' }, 'Cart/*'],
  ['a remote system', CLIENT, { 'rpc.system.name': 'grpc' }, 'grpc'],
  ['a query summary', CLIENT, { 'db.system': 'mysql', 'db.query.summary': 'SELECT users' }, 'SELECT users'],
  [
    'a collection',
    CLIENT,
    { 'db.system.name': 'x', 'db.operation.name': 'find', 'db.namespace': 'shop', 'db.collection.name': 'users' },
    'find shop.users',
  ],
  ['a database server', CLIENT, { 'db.system': 'x', 'server.address': 'db', 'server.port': 3306n }, 'db:3306'],
  ['a database system', CLIENT, { 'db.system': 'mysql' }, 'mysql'],
  ['a destination', PRODUCER, { 'messaging.system': 'k', 'messaging.destination.name': 'orders' }, 'orders'],
  [
    'a temporary destination',
    PRODUCER,
    { 'messaging.system': 'k', 'messaging.operation': 'send', 'messaging.destination.temporary': true },
    'send (temporary)',
  ],
  ['no convention', PRODUCER, { 'http.request.method': 'GET' }, 'before'],
];

for (const [title, kind, values, expected] of CASES)
  test(`names a span after ${title}`, async () => {
    assert.equal((await named(kind, values))['name'], expected);
  });

test('keeps the earlier name in an attribute', async () => {
  const values = { 'http.request.method': 'GET' };
  const span = await named(SERVER, values, '"was"');
  assert.deepEqual(span['attributes'], attributes({ ...values, was: 'before' }));
});
