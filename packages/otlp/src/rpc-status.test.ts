import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeRpcStatus, encodeRpcStatus } from './rpc-status.ts';

test('round-trips a status in both encodings', () => {
  for (const status of [
    { code: 3, message: 'malformed: "x"', retryAfterMillis: undefined },
    { code: 14, message: 'später', retryAfterMillis: 1500 },
    { code: 8, message: '', retryAfterMillis: 0 },
    { code: 14, message: 'a day', retryAfterMillis: 86_400_000 },
  ]) {
    assert.deepEqual(decodeRpcStatus(encodeRpcStatus(status, 'protobuf'), 'protobuf'), status);
    assert.deepEqual(decodeRpcStatus(encodeRpcStatus(status, 'json'), 'json'), status);
  }
});

test('encodes RetryInfo as google.rpc defines', () => {
  const bytes = encodeRpcStatus({ code: 14, message: '', retryAfterMillis: 1500 }, 'protobuf');
  const url = [...new TextEncoder().encode('type.googleapis.com/google.rpc.RetryInfo')];
  const duration = [0x08, 1, 0x10, 0x80, 0xca, 0xb5, 0xee, 0x01];
  const info = [0x0a, duration.length, ...duration];
  const any = [0x0a, url.length, ...url, 0x12, info.length, ...info];
  assert.deepEqual([...bytes], [0x08, 14, 0x1a, any.length, ...any]);
});

test('writes the RetryInfo delay as a ProtoJSON duration', () => {
  const body = encodeRpcStatus({ code: 14, message: 'm', retryAfterMillis: 1500 }, 'json');
  assert.deepEqual(JSON.parse(new TextDecoder().decode(body)), {
    code: 14,
    message: 'm',
    details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1.500000000s' }],
  });
});

test('ignores other details', () => {
  const other = [0x1a, 3, 0x0a, 1, 0x78];
  const status = encodeRpcStatus({ code: 14, message: '', retryAfterMillis: 7 }, 'protobuf');
  const both = Uint8Array.from([...other, ...status, ...other]);
  assert.deepEqual(decodeRpcStatus(both, 'protobuf'), { code: 14, message: '', retryAfterMillis: 7 });
});

test('ignores a negative delay', () => {
  const duration = [0x08, ...Array.from({ length: 9 }, () => 0xff), 0x01];
  const url = [...new TextEncoder().encode('type.googleapis.com/google.rpc.RetryInfo')];
  const info = [0x0a, duration.length, ...duration];
  const any = [0x0a, url.length, ...url, 0x12, info.length, ...info];
  assert.equal(decodeRpcStatus(Uint8Array.of(0x1a, any.length, ...any), 'protobuf')?.retryAfterMillis, 0);
});

test('returns undefined for bytes that are not a status', () => {
  assert.equal(decodeRpcStatus(Uint8Array.of(0x12, 9), 'protobuf'), undefined);
  assert.equal(decodeRpcStatus(new TextEncoder().encode('no json'), 'json'), undefined);
  assert.equal(decodeRpcStatus(new TextEncoder().encode('7'), 'json'), undefined);
});
