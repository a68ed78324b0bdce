import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeGrpcMessage,
  encodeGrpcMessage,
  formatGrpcTimeout,
  grpcStatusName,
  parseGrpcTimeout,
} from './grpc-status.ts';

test('messages of any text round-trip through the header, and invalid escapes are kept', () => {
  for (const text of ['', 'plain', '100 %', 'ünïcödé 末 😀', 'line\nbreak\r\n', '%41']) {
    const encoded = encodeGrpcMessage(text);
    assert.match(encoded, /^[ -~]*$/);
    assert.equal(decodeGrpcMessage(encoded), text);
  }
  assert.equal(decodeGrpcMessage('50% off %zz %4'), '50% off %zz %4');
});

test('timeouts are parsed in every unit and formatted with at most eight digits', () => {
  const units = ['1H', '2M', '3S', '4m', '5000u', '6000000n'].map(parseGrpcTimeout);
  assert.deepEqual(units, [3_600_000, 120_000, 3000, 4, 5, 6]);
  assert.deepEqual([undefined, '', '5', '-1S', '123456789S', '1s'].map(parseGrpcTimeout), Array(6).fill(undefined));
  assert.deepEqual([0.2, 10_000, 99_999_999, 100_000_000].map(formatGrpcTimeout), [
    '1m',
    '10000m',
    '99999999m',
    '100000S',
  ]);
});

test('known codes have names, unknown codes their number', () => {
  assert.deepEqual([0, 14, 99].map(grpcStatusName), ['OK', 'UNAVAILABLE', 'status 99']);
});
