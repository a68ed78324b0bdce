import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { verifyOcspResponse } from '@otelier/transport/ocsp-response';
import type { Recording } from './compare.ts';

const recordings = JSON.parse(readFileSync(join(import.meta.dirname, 'openssl.json'), 'utf8')) as readonly Recording[];

for (const { certificate, issuer, recordedMillis, responses } of recordings) {
  const [own, authority] = [new X509Certificate(certificate), new X509Certificate(issuer)];
  for (const { status, signer, der } of responses) {
    test(`the recorded response of openssl is ${status}, signed by the ${signer} with ${authority.publicKey.asymmetricKeyType}`, () => {
      const bytes = Buffer.from(der, 'base64');
      const verified = verifyOcspResponse(bytes, own, authority, recordedMillis);
      assert.equal(verified.status, status);
      assert.ok(Math.abs(verified.producedMillis - recordedMillis) < 60_000);
      const late = recordedMillis + 2 * 3_600_000;
      assert.throws(() => verifyOcspResponse(bytes, own, authority, late), /got one that expired at/);
      assert.throws(() => verifyOcspResponse(bytes, authority, authority, recordedMillis), /about another/);
    });
  }
}
