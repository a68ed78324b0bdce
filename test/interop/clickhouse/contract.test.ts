import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { type Recording, startRecordingServer } from './recording.ts';
import { runContract } from './run-contract.ts';

// The contract of `Store` over responses that a real engine of ClickHouse has given.
const text = readFileSync(join(import.meta.dirname, 'contract.recorded.json'), 'utf8');
const server = await startRecordingServer(JSON.parse(text) as Recording);
after(() => server.close());
// The rows of the second database are those of the first one.
await runContract(server.url, (number) => (number === 1 ? 0 : number));
