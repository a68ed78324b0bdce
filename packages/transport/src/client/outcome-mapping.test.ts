import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCEPTED, encodeExportResponse, encodeRpcStatus } from '@otelier/otlp';
import { GRPC_STATUS } from '../grpc-status.ts';
import { type GrpcResponse, type HttpResponse, outcomeOfGrpc, outcomeOfHttp } from './outcome-mapping.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');

const ofHttp = (response: Partial<HttpResponse>) =>
  outcomeOfHttp(
    { status: 200, contentType: undefined, retryAfter: undefined, body: new Uint8Array(0), ...response },
    NOW,
  );

const ofGrpc = (response: Partial<GrpcResponse>) =>
  outcomeOfGrpc({
    httpStatus: 200,
    grpcStatus: undefined,
    grpcMessage: undefined,
    details: undefined,
    message: undefined,
    ...response,
  });

describe('outcomes of HTTP responses', () => {
  test('only 429, 502, 503 and 504 are retryable', () => {
    const retryable = Array.from({ length: 300 }, (_, index) => 300 + index).filter(
      (status) => ofHttp({ status }).kind === 'retry',
    );
    assert.deepEqual(retryable, [429, 502, 503, 504]);
  });

  test('Retry-After is parsed as seconds or a date, and ignored otherwise', () => {
    const after = (retryAfter: string) => {
      const outcome = ofHttp({ status: 503, retryAfter });
      return outcome.kind === 'retry' ? outcome.afterMillis : 'none';
    };
    assert.deepEqual(['7', 'Thu, 01 Jan 2026 00:00:30 GMT', 'Wed, 31 Dec 2025 00:00:00 GMT', 'soon', '-1'].map(after), [
      7000,
      30_000,
      0,
      undefined,
      undefined,
    ]);
  });

  test('a success status is accepted with any body', () => {
    const bodies = [undefined, new Uint8Array(0), Uint8Array.of(0xff, 0xff), Buffer.from('<html>')];
    for (const contentType of ['application/x-protobuf', 'application/json', 'text/html', undefined]) {
      for (const body of bodies) assert.deepEqual(ofHttp({ status: 202, contentType, body }), ACCEPTED);
    }
  });

  test('partial success is decoded in both encodings; without rejected items it is a warning', () => {
    for (const [encoding, contentType] of [
      ['protobuf', 'application/x-protobuf'],
      ['json', 'application/json'],
    ] as const) {
      const body = encodeExportResponse({ rejectedItems: 4, errorMessage: 'four' }, encoding, 'logs');
      assert.deepEqual(ofHttp({ contentType, body }), { kind: 'partial', rejectedItems: 4, reason: 'four' });
      const warning = encodeExportResponse({ rejectedItems: 0, errorMessage: 'old' }, encoding, 'logs');
      assert.deepEqual(ofHttp({ contentType, body: warning }), ACCEPTED);
    }
  });

  test('the reason of a rejection is the peer\u2019s message, bounded and on one line', () => {
    const status = { code: 3, message: 'bad\n\u001b[31mspan', retryAfterMillis: undefined };
    const protobuf = { status: 400, contentType: 'application/x-protobuf', body: encodeRpcStatus(status, 'protobuf') };
    assert.deepEqual(ofHttp(protobuf), { kind: 'refused', reason: 'the server responded 400: bad [31mspan' });
    const text = { status: 404, contentType: 'text/plain', body: Buffer.from('x'.repeat(10_000)) };
    assert.ok(JSON.stringify(ofHttp(text)).length < 600);
    assert.deepEqual(ofHttp({ status: 301, body: undefined }), { kind: 'refused', reason: 'the server responded 301' });
  });
});

describe('outcomes of gRPC responses', () => {
  test('only the retryable codes of OTLP are retryable', () => {
    const retryable = Object.entries(GRPC_STATUS)
      .filter(([, grpcStatus]) => ofGrpc({ grpcStatus }).kind === 'retry')
      .map(([name]) => name);
    assert.deepEqual(retryable, [
      'CANCELLED',
      'DEADLINE_EXCEEDED',
      'ABORTED',
      'OUT_OF_RANGE',
      'UNAVAILABLE',
      'DATA_LOSS',
    ]);
  });

  test('RESOURCE_EXHAUSTED is retryable only with RetryInfo', () => {
    const status = { code: 8, message: 'full', retryAfterMillis: 250 };
    const details = Buffer.from(encodeRpcStatus(status, 'protobuf')).toString('base64');
    assert.deepEqual(ofGrpc({ grpcStatus: 8, grpcMessage: 'full', details }), {
      kind: 'retry',
      afterMillis: 250,
      reason: 'the server responded RESOURCE_EXHAUSTED: full',
    });
    assert.equal(ofGrpc({ grpcStatus: 8, details: '????' }).kind, 'refused');
  });

  test('a plain HTTP status is mapped as gRPC defines', () => {
    assert.equal(ofGrpc({ httpStatus: 503 }).kind, 'retry');
    assert.equal(ofGrpc({ httpStatus: 429 }).kind, 'retry');
    assert.equal(ofGrpc({ httpStatus: 404 }).kind, 'refused');
    assert.match(JSON.stringify(ofGrpc({ httpStatus: 418 })), /HTTP status 418 without a gRPC status/);
  });
});
