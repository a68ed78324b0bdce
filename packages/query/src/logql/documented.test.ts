import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { evaluateSteps } from './engine.ts';
import { evaluateLog } from './evaluate/log-query.ts';
import type { Evaluation } from './evaluate/read-entries.ts';
import { Statistics } from './evaluate/statistics.ts';
import { parseLogql } from './parse/parse.ts';
import { LogqlParseError } from './parse/parse-error.ts';
import { printLogql } from './parse/print.ts';
import type { LogEntry, PipelineEntry } from './pipeline/stage.ts';
import { compileTemplate } from './template/template.ts';

/** An example of Loki's documentation, with its result where the documentation has one. */
interface Example {
  readonly page: string;
  readonly query?: string;
  readonly invalid?: string;
  readonly template?: string;
  readonly line?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly output?: string;
  readonly dropped?: boolean;
}

const TIME = 1_700_000_000_123_456_789n;
const examples = readFileSync(new URL('./documented.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line): Example => JSON.parse(line));

function evaluation(line: string): Evaluation {
  const entry: LogEntry = { time: TIME, line, stream: new Map([['job', 'x']]), metadata: new Map() };
  return {
    source: {
      async *read() {
        yield [entry];
      },
    },
    control: { check: () => undefined },
    statistics: new Statistics(),
    nowMillis: () => 1_700_000_000_000,
  };
}

async function run(query: string, line: string): Promise<PipelineEntry[]> {
  const expr = parseLogql(query);
  if (expr.kind !== 'log') {
    await evaluateSteps(expr, { start: TIME, step: 1_000_000_000n, count: 2 }, evaluation(line));
    return [];
  }
  const range = { start: TIME, end: TIME + 1n, limit: 1, direction: 'forward', interval: 0n } as const;
  return evaluateLog(expr, range, evaluation(line));
}

test('the queries of the documentation are evaluated', async () => {
  const queries = examples.filter(({ query, line }) => query !== undefined && line === undefined);
  assert.ok(queries.length >= 60, `${queries.length} queries`);
  for (const { query = '' } of queries) await run(query, '{"no":"match"}');
});

test('a printed query is parsed as the same query', () => {
  for (const { query } of examples) {
    if (query === undefined) continue;
    const printed = printLogql(parseLogql(query));
    assert.equal(printLogql(parseLogql(printed)), printed, query);
  }
});

test('the examples of the documentation have its results', async () => {
  let count = 0;
  for (const { query, line, labels, output, dropped = false } of examples) {
    if (query === undefined || line === undefined) continue;
    count += 1;
    const [found] = await run(query, line);
    assert.equal(found === undefined, dropped, query);
    if (labels !== undefined)
      assert.deepEqual(Object.fromEntries(found?.labels.categories().parsed ?? []), labels, query);
    if (output !== undefined) assert.equal(found?.line, output, query);
  }
  assert.ok(count >= 45, `${count} examples`);
});

test('the templates of the documentation have its results', () => {
  for (const { template, labels = {}, output } of examples) {
    if (template === undefined) continue;
    const run = compileTemplate(template, () => 0);
    assert.equal(run({ labels: new Map(Object.entries(labels)), line: 'The Line', time: TIME }), output, template);
  }
});

test('invalid queries are rejected with a parse error', async () => {
  for (const { invalid } of examples) {
    if (invalid === undefined) continue;
    await assert.rejects(run(invalid, ''), LogqlParseError, invalid);
  }
});
