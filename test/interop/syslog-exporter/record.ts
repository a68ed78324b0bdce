/**
 * Sends all cases with the Collector's exporter, and records what arrives. The program built from `go/` must be in
 * $SYSLOG_REFERENCE, by default /tmp/syslog-reference:
 *
 *     node test/interop/syslog-exporter/record.ts
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { CASES } from './cases.ts';

const program = process.env['SYSLOG_REFERENCE'] ?? '/tmp/syslog-reference';
const { stdout } = spawnSync(program, { input: JSON.stringify(CASES), stdio: ['pipe', 'pipe', 'inherit'] });
const outputs = JSON.parse(stdout.toString()) as readonly string[];
const recorded = Object.fromEntries(CASES.map(({ name }, index) => [name, outputs[index]]));
writeFileSync(new URL('recorded.json', import.meta.url), `${JSON.stringify(recorded, undefined, 2)}\n`);
process.stdout.write(`${outputs.length} messages recorded\n`);
