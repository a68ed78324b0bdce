import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findRetiredWords } from './find-retired-words.ts';

const found = (path: string, text: string) =>
  findRetiredWords(path, text).map(({ line, scope, found }) => `${line} ${scope} ${found}`);

test('finds retired words in identifiers, by their parts', () => {
  assert.deepEqual(found('a.ts', 'const x = 1;\nconst httpAnswerOf = handOn(x);'), [
    '2 identifiers Answer in httpAnswerOf'.toLowerCase().replace('httpanswerof', 'httpAnswerOf'),
    '2 identifiers hand on in handOn',
  ]);
});

test('finds retired words in comments, messages, documents and paths', () => {
  assert.deepEqual(found('a.ts', "// The door.\nfail('it shall not');"), ['1 prose door', '2 prose shall']);
  assert.deepEqual(found('guide.md', 'Mend it.\n'), ['1 prose Mend']);
  assert.deepEqual(found('src/slow-lane.ts', ''), ['1 paths lane']);
});

test('accepts standard terms and words that contain a retired one', () => {
  assert.deepEqual(
    found('a.ts', '/** A span link, recommended; the Origin header. */\nconst recommended = allowedOrigins;'),
    [],
  );
  assert.deepEqual(found('packages/query/src/a.ts', 'const problem = new ApiProblem();'), []);
});

test('keeps the scope of an entry', () => {
  assert.deepEqual(found('packages/collector/src/workers/a.ts', 'const members = 1;'), [
    '1 identifiers members in members',
  ]);
  assert.deepEqual(found('packages/otlp/src/a.ts', 'const members = 1;'), []);
});

test('reads comments and literals apart from code', () => {
  const text = "const a = '// not a comment'; const answer = /answer/; // the answer\n";
  assert.deepEqual(
    findRetiredWords('a.ts', text)
      .map(({ scope }) => scope)
      .sort(),
    ['identifiers', 'prose', 'prose'],
  );
});
