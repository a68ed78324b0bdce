/** Writes what Alertmanager and amtool do with the cases: `node test/interop/alertmanager/record.ts DIR`, where DIR has both programs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { observeAlertmanager } from './observe.ts';

const observed = await observeAlertmanager(process.argv[2] ?? '');
writeFileSync(join(import.meta.dirname, 'recorded.jsonl'), `${JSON.stringify(observed)}\n`);
