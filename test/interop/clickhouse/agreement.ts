/** Compares queries over a real engine of ClickHouse, whose URL is in `CLICKHOUSE_URL`, with scans of every row. */
import { agreementTests } from '../../../packages/store/src/read/agreement.testing.ts';
import { openTestStore } from './open-test-store.ts';

const url = process.env['CLICKHOUSE_URL'];
if (url === undefined) throw new Error('expected the URL of a server in CLICKHOUSE_URL');
agreementTests(() => openTestStore(url, `agreement_${process.pid}`));
