import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMask, DEFAULT_MASK } from './mask.ts';

const attribute = (key: string, value: object = { stringValue: 'x' }) => ({ key, value });

test('replaces the values of attributes with secret keys, at any depth', () => {
  const mask = createMask(DEFAULT_MASK);
  const nested = { kvlistValue: { values: [attribute('db.Password'), attribute('port')] } };
  assert.deepEqual(
    mask({
      attributes: [
        attribute('http.request.header.authorization', { arrayValue: { values: [{ stringValue: 'Bearer x' }] } }),
        attribute('X-Api-Key'),
        attribute('session.id'),
        attribute('http.route'),
        attribute('connection', nested),
      ],
    }),
    {
      attributes: [
        attribute('http.request.header.authorization', { stringValue: '***' }),
        attribute('X-Api-Key', { stringValue: '***' }),
        attribute('session.id', { stringValue: '***' }),
        attribute('http.route'),
        attribute('connection', {
          kvlistValue: { values: [attribute('db.Password', { stringValue: '***' }), attribute('port')] },
        }),
      ],
    },
  );
});

test('masks additional keys, and ignores empty ones', () => {
  const mask = createMask(['', 'customer_id']);
  assert.deepEqual(mask([attribute('Customer-ID'), attribute('token')]), [
    attribute('Customer-ID', { stringValue: '***' }),
    attribute('token'),
  ]);
});
