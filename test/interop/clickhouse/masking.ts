/** Makes all queries for hidden attributes over a real engine of ClickHouse, whose URL is in `CLICKHOUSE_URL`, and over the embedded store. */
import { describe } from 'node:test';
import { openEmbedded } from '../../../packages/query/src/http/access/masking/embedded.testing.ts';
import { maskingTests } from '../../../packages/query/src/http/access/masking/masking.testing.ts';
import { openFilledStore } from './open-test-store.ts';

const url = process.env['CLICKHOUSE_URL'];
if (url === undefined) throw new Error('expected the URL of a server in CLICKHOUSE_URL');
describe('ClickHouse', () => {
  maskingTests((batches, index) => openFilledStore(url, `masking_${process.pid}_${index}`, batches));
});
describe('the embedded store', () => {
  maskingTests(openEmbedded);
});
