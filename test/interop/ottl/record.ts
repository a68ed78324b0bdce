import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { conditionsOf, statementsOf } from './cases.ts';
import { canonical, conditionEvaluator, hashOf, statementEvaluator } from './evaluate.ts';
import { type ComparedContext, inputsOf } from './inputs.ts';

/** The outcomes of one case: concatenated hashes of length `HASH_LENGTH`. Empty if the Collector rejects the case. */
export interface RecordedCase {
  readonly context: ComparedContext;
  readonly kind: 'statement' | 'condition';
  readonly text: string;
  readonly outcomes: string;
}

const FILE = new URL('outcomes.json.gz', import.meta.url);
const DIFFERENCES = new URL('differences.json', import.meta.url);
/** Number of inputs for each context. */
export const INPUTS: Readonly<Record<ComparedContext, number>> = {
  log: 200,
  span: 200,
  metric: 200,
  datapoint: 200,
  exemplar: 200,
};

/** Returns the recorded outcomes. */
export function recordedCases(): readonly RecordedCase[] {
  return JSON.parse(gunzipSync(readFileSync(FILE)).toString()) as RecordedCase[];
}

/** Returns the text of each case whose outcome differs from the Collector's. `README.md` gives the reasons. */
export function knownDifferences(): ReadonlySet<string> {
  return new Set(JSON.parse(readFileSync(DIFFERENCES, 'utf8')) as string[]);
}

const NEWLINE = 0x0a;

interface Line {
  readonly text: string;
  readonly invalid?: string;
  readonly results?: readonly { request?: string; matches?: boolean; error?: string }[];
}

/**
 * Runs cases in the Collector's implementation (see `main.go`), records the outcomes, and prints the differences. With
 * `isPartial`, only cases that are not recorded yet.
 */
function record(program: string, isPartial: boolean): void {
  const recorded = isPartial ? recordedCases() : [];
  const identities = new Set(recorded.map(identityOf));
  const known = isPartial ? knownDifferences() : new Set<string>();
  const cases: RecordedCase[] = [];
  const differences: string[] = [];
  for (const context of Object.keys(INPUTS) as ComparedContext[]) {
    const isNew = (kind: RecordedCase['kind']) => (text: string) =>
      !identities.has(identityOf({ context, kind, text }));
    const suite = {
      context,
      inputs: inputsOf(context, INPUTS[context]),
      statements: statementsOf(context).filter(isNew('statement')),
      conditions: conditionsOf(context).filter(isNew('condition')),
    };
    const before = recorded.filter((entry) => entry.context === context);
    cases.push(...before);
    differences.push(...before.map(({ text }) => text).filter((text) => known.has(text)));
    const lines = linesOf(execFileSync(program, { input: JSON.stringify([suite]), maxBuffer: 2 ** 31 - 1 }));
    for (const [index, text] of [...suite.statements, ...suite.conditions].entries()) {
      const kind = index < suite.statements.length ? 'statement' : 'condition';
      const line = JSON.parse(lines.next().value ?? '') as Line;
      const outcomes = outcomesOf(context, kind, line);
      const evaluate = kind === 'statement' ? statementEvaluator(context, text) : conditionEvaluator(context, text);
      if (compare(text, suite.inputs, line, outcomes, evaluate)) differences.push(text);
      cases.push({ context, kind, text, outcomes: outcomes.map(hashOf).join('') });
    }
  }
  writeFileSync(FILE, gzipSync(JSON.stringify(cases), { level: 9 }));
  console.log(`${cases.length} cases, ${differences.length} with a difference`);
  writeFileSync(DIFFERENCES, `${JSON.stringify(differences, undefined, 2)}\n`);
}

function outcomesOf(context: ComparedContext, kind: RecordedCase['kind'], { results = [] }: Line): string[] {
  return results.map(({ request, matches, error }) => {
    if (kind === 'condition') return error === undefined ? String(matches) : 'error';
    return `${error === undefined ? '' : 'error '}${canonical(context, request ?? '')}`;
  });
}

function identityOf({ context, kind, text }: Pick<RecordedCase, 'context' | 'kind' | 'text'>): string {
  return `${context} ${kind} ${text}`;
}

/** Yields the lines of an output that is too long for a string. */
function* linesOf(output: Buffer): Generator<string, undefined> {
  for (let start = 0; start < output.length; ) {
    const end = output.indexOf(NEWLINE, start);
    yield output.toString('utf8', start, end);
    start = end + 1;
  }
  return undefined;
}

/** Prints a case's first difference, and returns whether there is one. */
function compare(
  text: string,
  inputs: readonly string[],
  line: Line,
  expected: readonly string[],
  evaluate: ((input: string) => string) | undefined,
): boolean {
  if ((evaluate === undefined) !== (line.invalid !== undefined)) {
    console.log(
      `${text}\n  Collector: ${line.invalid ?? 'valid'}\n  otelier: ${evaluate === undefined ? 'invalid' : 'valid'}`,
    );
    return true;
  }
  for (const [index, input] of inputs.entries()) {
    const actual = evaluate?.(input);
    if (actual === undefined || actual === expected[index]) continue;
    const error = line.results?.[index]?.error;
    console.log(
      `${text}\n  input:     ${input}\n  Collector: ${expected[index]} ${error ?? ''}\n  otelier:   ${actual}`,
    );
    return true;
  }
  return false;
}

if (import.meta.main) record(process.argv[2] ?? '/tmp/ottl-reference', process.argv[3] === '--new');
