import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { requestToJson } from '@otelier/otlp';
import { arbitraryRequest } from '@otelier/testkit/otlp/arbitrary-request';
import { everyFieldRequest } from '@otelier/testkit/otlp/every-field-request';
import { encodeRequest } from '@otelier/testkit/request-codec';
import fc from 'fast-check';
import { requestToJson as smallRequestToJson } from './request-json.ts';

/** Normalizes -0, of which only the sign is lost. */
const normal = (json: string) => JSON.stringify(JSON.parse(json));

describe('produces the same JSON as the wire engine', () => {
  for (const signal of ['traces', 'logs', 'metrics'] as const) {
    test(`${signal}: with every field`, () => {
      const request = encodeRequest(signal, everyFieldRequest(signal, 1, { stringIndexes: true }));
      assert.equal(normal(smallRequestToJson(signal, request)), normal(requestToJson(signal, request)));
    });

    test(`${signal}: any`, () => {
      fc.assert(
        fc.property(arbitraryRequest(signal), (json) => {
          const request = encodeRequest(signal, json);
          assert.equal(normal(smallRequestToJson(signal, request)), normal(requestToJson(signal, request)));
        }),
        { seed: 20_261_125, numRuns: 300 },
      );
    });
  }

  test('skips unknown fields of every wire type', () => {
    const unknown = Buffer.from([
      0xa0, 6, 0x96, 1, 0xa1, 6, 1, 2, 3, 4, 5, 6, 7, 8, 0xa2, 6, 2, 9, 9, 0xa5, 6, 1, 2, 3, 4,
    ]);
    const request = Buffer.concat([unknown, encodeRequest('logs', everyFieldRequest('logs', 2)), unknown]);
    assert.equal(normal(smallRequestToJson('logs', request)), normal(requestToJson('logs', request)));
  });

  test('rejects a signal without a JSON encoding', () => {
    assert.throws(() => smallRequestToJson('profiles', new Uint8Array()), /profiles/);
  });
});
