/**
 * Long runs of mutated input against every receiver and parser, checked by independent decoders.
 *
 *    npm run fuzz                                     a million inputs per target
 *    npm run fuzz -- --only http,grpc --count 10000   some targets, fewer inputs
 *    npm run fuzz -- --seed 7                         other inputs; the same seed produces the same inputs
 *    npm run fuzz -- --only wire --seed 7 --case 123  one input again
 *
 * Exits with code 1 if an input was incorrectly accepted, a server crashed, or an event loop was blocked for longer than
 * `--block` milliseconds (default 50). Failing inputs are saved to the temporary directory.
 */
import { parseArgs } from 'node:util';
import { fuzz, type RunOptions } from './fuzz.ts';
import { TARGETS } from './targets/all.ts';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    case: { type: 'string' },
    block: { type: 'string', default: '50' },
  },
});
const names = options.only?.split(',') ?? TARGETS.map(({ name }) => name);
const unknown = names.filter((name) => !TARGETS.some((target) => target.name === name));
if (unknown.length > 0) {
  process.stderr.write(`--only: expected ${TARGETS.map(({ name }) => name).join(', ')}, got ${unknown.join(', ')}\n`);
  process.exit(2);
}
const only = options.case === undefined ? undefined : Number(options.case);
const run: RunOptions = {
  seed: Number(options.seed),
  from: only ?? 0,
  count: only === undefined ? Number(options.count) : 1,
  maxBlockMillis: Number(options.block),
  say: (line) => process.stdout.write(`${line}\n`),
};
let failures = 0;
for (const target of TARGETS.filter(({ name }) => names.includes(name))) failures += await fuzz(target, run);
process.exit(failures === 0 ? 0 : 1);
