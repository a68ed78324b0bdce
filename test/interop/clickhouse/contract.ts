/**
 * Runs the contract of `Store` over a real engine of ClickHouse, whose URL is in `CLICKHOUSE_URL`, and writes its responses
 * to the file in `CLICKHOUSE_RECORD`, if there is one.
 */
import { writeFileSync } from 'node:fs';
import { after } from 'node:test';
import { compacted, type Recording, startRecordingServer } from './recording.ts';
import { runContract } from './run-contract.ts';

const { CLICKHOUSE_URL: url, CLICKHOUSE_RECORD: file } = process.env;
if (url === undefined) throw new Error('expected the URL of a server in CLICKHOUSE_URL');
const recording: Recording = {};
const server = await startRecordingServer(recording, url);
await runContract(server.url);
after(async () => {
  await server.close();
  // The second database has the same rows as the first one.
  const { contract_1: _, ...others } = recording;
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(compacted(others), undefined, 1)}\n`);
});
