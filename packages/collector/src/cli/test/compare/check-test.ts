import { countItems, SIGNALS, type Signal } from '@otelier/otlp';
import { formatConfigError, type Position } from '../../../config/config-error.ts';
import type { ExpectedOutput, PipelineTest } from '../file/model.ts';
import { ADDED_OUTPUT, selectOutputs } from '../pipeline/resolve-target.ts';
import type { RecordedBatch, TestRecord } from '../pipeline/test-run.ts';
import type { TestOutput } from '../pipeline/tested-config.ts';
import { type Item, itemsOf, labelOf } from '../telemetry/item.ts';
import { formatValue } from '../telemetry/value.ts';
import { compileExpected, evaluateCondition } from './conditions.ts';
import type { Difference } from './differences.ts';
import { matchItems } from './match-items.ts';

/** An expectation that a test does not meet. */
export interface Failure {
  readonly position: Position;
  /** `where: expected …, got …`, on one line. */
  readonly message: string;
  /** The fields in which an item differs. */
  readonly differences: readonly Difference[];
}

/** Returns the expectations of a test that its record does not meet. */
export function checkTest(test: PipelineTest, record: TestRecord, outputs: readonly TestOutput[]): Failure[] {
  const failures: Failure[] = [];
  if (record.failure !== undefined) failures.push(failure(test.position, record.failure));
  for (const { step, outcome } of record.outcomes) {
    const reason = 'reason' in outcome ? `: ${outcome.reason}` : '';
    failures.push(
      failure(
        step.position,
        `${step.path}: expected the batch to be ${named(step.outcome)}, got ${named(outcome.kind)}${reason}`,
      ),
    );
  }
  // What left the pipelines of an unfinished test would be compared with what leaves them at the end.
  if (record.failure !== undefined) return failures;
  for (const output of test.outputs) failures.push(...checkOutput(output, record, outputs, test));
  for (const { component, reason, items, position } of test.dropped) {
    const reasons = record.dropped.get(component) ?? new Map<string, number>();
    const got =
      reason === undefined ? [...reasons.values()].reduce((sum, one) => sum + one, 0) : (reasons.get(reason) ?? 0);
    if (got === items) continue;
    const list = [...reasons].map(([name, count]) => `${count} ${name}`).join(', ');
    const details = list === '' ? '' : ` (${list})`;
    const noun = items === 1 ? 'item' : 'items';
    const what = reason === undefined ? `dropped ${noun}` : `${noun} dropped as ${reason}`;
    failures.push(failure(position, `${component}: expected ${items} ${what}, got ${got}${details}`));
  }
  return failures;
}

const OUTCOMES: Readonly<Record<string, string>> = {
  accepted: 'accepted',
  partial: 'accepted in part',
  retry: 'rejected as retryable',
  refused: 'refused',
};

function named(outcome: string): string {
  return OUTCOMES[outcome] ?? outcome;
}

/** Maximum number of items that are described for an output. */
const MAX_ITEMS = 10;

function checkOutput(
  output: ExpectedOutput,
  { batches }: TestRecord,
  outputs: readonly TestOutput[],
  test: PipelineTest,
): Failure[] {
  const selected = selectOutputs(output, outputs);
  const recorded = batches.filter(({ pipeline, exporter }) =>
    selected.some((one) => one.pipeline === pipeline && one.exporter === exporter),
  );
  const where = whereOf(output, selected);
  const failures: Failure[] = [];
  const signals = [...new Set(selected.map(({ signal }) => signal))];
  const count = recorded.reduce((sum, { signal, parts }) => sum + countOf(signal, parts), 0);
  const noun = (items: number) => `${items} ${nounOf(signals, items)}`;
  if (output.count !== undefined && count !== output.count)
    failures.push(failure(output.position, `${where}: expected ${noun(output.count)}, got ${count}`));
  const needsItems = output.items !== undefined || output.conditions.length > 0;
  const items = needsItems ? recorded.flatMap(itemsOfBatch) : [];
  if (output.items !== undefined) failures.push(...compareItems(output, output.items, items, where, noun));
  for (const condition of output.conditions) {
    const failed = conditionFailure(condition, recorded, items, where, signals[0] ?? 'traces', test.startMillis);
    if (failed !== undefined) failures.push(failed);
  }
  return failures;
}

function compareItems(
  output: ExpectedOutput,
  expected: NonNullable<ExpectedOutput['items']>,
  items: readonly Item[],
  where: string,
  noun: (items: number) => string,
): Failure[] {
  const { different, missing, unexpected } = matchItems(expected, items, output);
  const failures: Failure[] = [];
  if (output.match === 'exact' && expected.length !== items.length)
    failures.push(failure(output.position, `${where}: expected ${noun(expected.length)}, got ${items.length}`));
  const at = (index: number) => expected[index]?.position ?? output.position;
  const described: Failure[] = [
    ...different.map(
      (pair): Failure => ({
        position: at(pair.expected),
        message: `${where}: expected item ${pair.expected + 1}${label(expected[pair.expected])}, got item ${pair.actual + 1}, which differs`,
        differences: pair.differences,
      }),
    ),
    ...missing.map((index) =>
      failure(at(index), `${where}: expected item ${index + 1}${label(expected[index])}, got none like it`),
    ),
    ...unexpected.map((index) =>
      failure(
        output.position,
        `${where}: expected no other item, got item ${index + 1}: ${formatValue(items[index]?.fields)}`,
      ),
    ),
  ];
  failures.push(...described.slice(0, MAX_ITEMS));
  const more = described.length - MAX_ITEMS;
  if (more > 0)
    failures.push(
      failure(output.position, `${where}: expected no more differences, got ${more} more items that differ`),
    );
  return failures;
}

function conditionFailure(
  expected: ExpectedOutput['conditions'][number],
  batches: readonly RecordedBatch[],
  items: readonly Item[],
  where: string,
  signal: Signal,
  nowMillis: number,
): Failure | undefined {
  const { quantifier, text, position } = expected;
  const condition = compileExpected(expected, signal);
  if (!('test' in condition)) return failure(position, formatConfigError(condition));
  const parts = batches.flatMap((batch) => (batch.signal === signal ? batch.parts : []));
  const results = evaluateCondition(condition, signal, parts, () => nowMillis);
  const matching = results.filter((result) => result === true).length;
  const describe = (index: number) => {
    const result = results[index];
    const reason = typeof result === 'string' ? `, where it fails: ${result}` : '';
    return `item ${index + 1}${reason}: ${formatValue(items[index]?.fields)}`;
  };
  const one = results.findIndex((result) => (quantifier === 'every' ? result !== true : result === true));
  switch (quantifier) {
    case 'every':
      if (one < 0) return undefined;
      return failure(
        position,
        `${where}: expected every item to match ${text}, got ${results.length - matching} of ${results.length} that do not: ${describe(one)}`,
      );
    case 'none':
      if (one < 0) return undefined;
      return failure(
        position,
        `${where}: expected no item to match ${text}, got ${matching} of ${results.length}: ${describe(one)}`,
      );
    case 'any':
      if (matching > 0) return undefined;
      return failure(position, `${where}: expected an item that matches ${text}, got none of ${results.length}`);
  }
}

function whereOf({ exporter, pipeline }: ExpectedOutput, selected: readonly TestOutput[]): string {
  if (exporter !== undefined) return `exporters/${exporter.id}${pipeline === undefined ? '' : ` of ${pipeline.id}`}`;
  if (pipeline !== undefined) return pipeline.id;
  const [only] = selected;
  return only === undefined || only.exporter === ADDED_OUTPUT ? 'output' : `exporters/${only.exporter}`;
}

function nounOf(signals: readonly Signal[], items: number): string {
  const [signal, ...others] = signals;
  if (signal === undefined || others.length > 0) return items === 1 ? 'item' : 'items';
  const { one, many } = SIGNALS[signal].itemNoun;
  return items === 1 ? one : many;
}

function countOf(signal: Signal, parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + countItems(signal, part), 0);
}

function itemsOfBatch({ signal, parts }: RecordedBatch): Item[] {
  return parts.flatMap((part) => itemsOf(signal, part));
}

function label(item: Item | undefined): string {
  const text = item === undefined ? '' : labelOf(item);
  return text === '' ? '' : ` ${text}`;
}

function failure(position: Position, message: string): Failure {
  return { position, message, differences: [] };
}
