/**
 * Runs the cases of all components, or of the given types, in the Collector and in otelier, prints the differences and
 * records the Collector's behavior. The programs built from `go/` must be in $COLLECTOR_REFERENCE, by default /tmp:
 *
 *     node test/interop/collector/record.ts groupbyattrs span
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ComponentCases, Configuration, SignalPair } from './cases.ts';
import { generatedSteps } from './inputs.ts';
import { hashOf, itemsOf, type Output } from './items.ts';
import { allCases, casesOf, fileOf, type RecordedBehavior } from './records.ts';
import { type Behavior, encode, receivedBy, runHere } from './run-here.ts';

const MAX_PRINTED = 3;
const PROGRAMS = process.env['COLLECTOR_REFERENCE'] ?? '/tmp';
/** Components that are in `go/older`. */
const OLDER = new Set(['exceptions', 'routing', 'sum', 'geoip', 'log_dedup', 'lookup']);

interface Line {
  readonly refused?: string;
  readonly failed?: readonly number[] | null;
  readonly outputs: readonly { signal: string; pipeline: string; request: string }[] | null;
}

async function record(cases: ComponentCases): Promise<void> {
  const program = `collector-reference-${OLDER.has(cases.type) ? 'older' : 'current'}`;
  const lines = execFileSync(join(PROGRAMS, program), {
    input: JSON.stringify([suiteOf(cases)]),
    env: { ...process.env, ...cases.environment },
    maxBuffer: 2 ** 31 - 1,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
    .toString()
    .trimEnd()
    .split('\n');
  const recorded: RecordedBehavior[] = [];
  let differences = 0;
  for (const configuration of cases.configurations) {
    for (const signals of configuration.signals) {
      const there = behaviorOf(JSON.parse(lines[recorded.length] ?? '') as Line, cases.random);
      const title = `${cases.type}: ${configuration.name} (${signals})`;
      if (there.refused?.startsWith('panic')) console.log(`${title}: the Collector crashes: ${there.refused}`);
      else if (printDifference(title, there, await runHere(cases, configuration, signals))) differences++;
      recorded.push({
        name: configuration.name,
        signals,
        refused: there.refused !== undefined,
        failed: there.failed,
        items: there.items.map(hashOf).sort().join(''),
      });
    }
  }
  writeFileSync(fileOf(cases.type), gzipSync(JSON.stringify(recorded), { level: 9 }));
  console.log(`${cases.type}: ${recorded.length} behaviors recorded, ${differences} with a difference`);
}

/** Returns the suite in the form that the program reads, with encoded requests. */
function suiteOf({ configurations, random: _, ...suite }: ComponentCases): object {
  const received = new Set(configurations.flatMap(({ signals }) => signals.map(receivedBy)));
  const encodeSteps = (signal: string, steps: ReturnType<typeof generatedSteps>) =>
    steps.map((step) => ('send' in step ? { send: toBase64(encode(signal, step.send)) } : step));
  return {
    ...suite,
    inputs: Object.fromEntries(
      [...received].map((signal) => [
        signal,
        generatedSteps(signal).flatMap((step) => ('send' in step ? [toBase64(encode(signal, step.send))] : [])),
      ]),
    ),
    configurations: configurations.map((configuration: Configuration) => ({
      ...configuration,
      ...(configuration.steps && { steps: encodeSteps(receivedBy(signalsOf(configuration)), configuration.steps) }),
    })),
  };
}

/** Returns a configuration's signals. Custom steps are requests of a single signal. */
function signalsOf({ name, signals }: Configuration): SignalPair {
  if (new Set(signals.map(receivedBy)).size !== 1) throw new Error(`"${name}" has steps, and more than one signal`);
  return signals[0] ?? '';
}

function behaviorOf({ refused, failed, outputs }: Line, random: RegExp | undefined): Behavior {
  const decoded = (outputs ?? []).map(
    ({ request, ...output }): Output => ({ ...output, request: Buffer.from(request, 'base64') }),
  );
  return { failed: failed ?? [], items: itemsOf(decoded, random), ...(refused !== undefined && { refused }) };
}

function printDifference(title: string, there: Behavior, here: Behavior): boolean {
  if (there.refused !== undefined || here.refused !== undefined) {
    if (there.refused !== undefined && here.refused !== undefined) return false;
    console.log(`${title}\n  Collector: ${there.refused ?? 'valid'}\n  otelier:   ${here.refused ?? 'valid'}`);
    return true;
  }
  const missing = without(there.items, here.items);
  const extra = without(here.items, there.items);
  const isSame = missing.length === 0 && extra.length === 0 && String(there.failed) === String(here.failed);
  if (isSame) return false;
  console.log(`${title}: ${there.items.length} items in the Collector, ${here.items.length} here`);
  if (String(there.failed) !== String(here.failed))
    console.log(`  refused steps: Collector ${there.failed.join()}, otelier ${here.failed.join()}`);
  for (let index = 0; index < Math.min(MAX_PRINTED, Math.max(missing.length, extra.length)); index++)
    console.log(`  Collector: ${missing[index] ?? '-'}\n  otelier:   ${extra[index] ?? '-'}`);
  return true;
}

/** Returns the elements of a sorted list that are not in another one. */
function without(list: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const other of others) left.set(other, (left.get(other) ?? 0) + 1);
  return list.filter((element) => {
    const count = left.get(element) ?? 0;
    if (count > 0) left.set(element, count - 1);
    return count === 0;
  });
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

const types = process.argv.slice(2);
for (const cases of types.length === 0 ? await allCases() : await Promise.all(types.map(casesOf))) await record(cases);
