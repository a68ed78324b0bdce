/**
 * Runs the lines of all cases through the stages of Promtail 1.6.1, the last version of which the Go module proxy has the
 * license Apache 2.0, and records the entries. The program built from `go/` (`go mod tidy && go build -o FILE .`) is the
 * argument:
 *
 *     node test/interop/promtail/record.ts FILE
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { CASES } from './cases.ts';
import { OUTCOMES } from './outcomes.ts';

const [program] = process.argv.slice(2);
if (program === undefined) throw new Error('expected the program built from test/interop/promtail/go');
const input = CASES.map(({ stages, labels = {}, lines }) => JSON.stringify({ stages, labels, lines })).join('\n');
const output = execFileSync(program, { input, encoding: 'utf8' }).trim().split('\n');
const outcomes = Object.fromEntries(CASES.map(({ name }, index) => [name, JSON.parse(output[index] ?? '') as unknown]));
writeFileSync(OUTCOMES, gzipSync(JSON.stringify(outcomes), { level: 9 }));
