import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCertificates } from '@otelier/testkit/certificates';
import { createManualClock } from '@otelier/testkit/clock';
import type { ComponentContext } from '../component/contract.ts';
import type { KafkaClientConfig } from './client-fields.ts';
import { kafkaClientOptions } from './client-options.ts';

test('each connection has the certificates of the current files', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-kafka-tls-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const { ca, otherCa } = await createCertificates();
  const caFile = join(directory, 'ca.pem');
  writeFileSync(caFile, ca.cert);
  const clock = createManualClock();
  const tls = { insecure: false, caFile, minVersion: '1.2' };
  const config = { brokers: ['a:1'], tls, metadata: { retry: { backoff: 1 } }, rackId: '', auth: {} };
  const options = kafkaClientOptions(config as unknown as KafkaClientConfig, { clock } as unknown as ComponentContext);
  // As the library copies them.
  const copied = () => ({ ...options.tls }).secureContext;
  const first = copied();
  writeFileSync(caFile, otherCa.cert);
  assert.equal(copied(), first);
  await clock.advance(10_001);
  assert.notEqual(copied(), first);
});
