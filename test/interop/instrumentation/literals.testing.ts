import assert from 'node:assert/strict';
import { seeded } from '@otelier/testkit/seeded';
import fc from 'fast-check';
import {
  LITERALS,
  literalStatements,
  NUMBER,
  SECRET,
} from '../../../packages/sdk/src/instrumentation/database/sql/literals.testing.ts';
import type { Recorder } from '../../../packages/sdk/src/instrumentation/subject.testing.ts';

/** The number of statements of each dialect. */
export const COUNT = 500;
/** The tables of the generated statements. */
const TABLES = [
  'users (id int primary key, name varchar(50), age int, note int)',
  'orders (id int primary key, name varchar(50))',
  't1 (col1 int, x int)',
  'x (id int, v varchar(50), a int)',
  'y (id int)',
];

/** Runs generated statements, most of which fail in the server, and checks all spans that they leave. */
export async function runStatements(
  dialect: string,
  recorder: Recorder,
  run: (statement: string) => Promise<unknown>,
): Promise<void> {
  const { length } = await recorder.spans(0);
  for (const table of TABLES) {
    await run(`drop table if exists ${table.split(' ')[0]}`);
    await run(`create table ${table}`);
  }
  const { forms = [] } = LITERALS[dialect] ?? {};
  for (const statement of fc.sample(literalStatements(forms), seeded({ numRuns: COUNT }))) {
    await run(statement.replace('a.users', 'users')).catch(() => {});
  }
  await checkSpans(recorder, length + COUNT + 2 * TABLES.length);
}

/** Checks that all spans are without literals, and that those of errors have the code of the database. */
export async function checkSpans({ spans }: Recorder, count: number): Promise<void> {
  const all = await spans(count);
  assert.equal(all.length, count);
  for (const { name, attributes, events, status } of all)
    assert.doesNotMatch(JSON.stringify([name, attributes, events, status]), new RegExp(`${SECRET}|${NUMBER}`));
  const failed = all.filter(({ events }) => events.length > 0);
  assert.ok(failed.length > 0);
  for (const { attributes } of failed) assert.ok(attributes['db.response.status_code'], JSON.stringify(attributes));
}
