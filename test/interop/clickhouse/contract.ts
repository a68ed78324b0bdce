/** Runs the contract of `Store` over a real engine of ClickHouse, whose URL is in `CLICKHOUSE_URL`. */
import { storeContract } from '@otelier/testkit/store-contract';
import { openTestStore } from './open-test-store.ts';

const url = process.env['CLICKHOUSE_URL'];
if (url === undefined) throw new Error('expected the URL of a server in CLICKHOUSE_URL');
let databases = 0;
storeContract(() => openTestStore(url, `contract_${process.pid}_${databases++}`));
