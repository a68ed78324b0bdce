import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PatternTree, type PatternTreeOptions } from '@otelier/query/pattern-tree';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { createRandom } from '@otelier/testkit/otlp/random';
import type { AnyValueJson } from '@otelier/testkit/otlp-json';
import { batchOf, decodeRequest } from '@otelier/testkit/request-codec';
import { drain } from './drain.ts';

processorContract(drain);

type Config = Readonly<Record<string, unknown>>;

/** Returns the attributes added to records with the given bodies. */
async function annotated(config: Config, ...bodies: (string | AnyValueJson)[]): Promise<Record<string, unknown>[]> {
  const bench = await createComponentBench(drain, { config });
  await bench.start();
  const logRecords = bodies.map((body) => ({
    body: typeof body === 'string' ? { stringValue: body } : body,
    attributes: [{ key: 'kept', value: { boolValue: true } }],
  }));
  await bench.send(batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
  await bench.close();
  const [batch] = bench.received;
  assert.equal(batch?.itemCount, bodies.length);
  const { resourceLogs: [first] = [] } = decodeRequest('logs', batch?.parts[0] ?? new Uint8Array());
  return (first?.scopeLogs?.[0]?.logRecords ?? []).map(({ attributes: [kept, ...others] = [] }) => {
    assert.equal(kept?.key, 'kept');
    return Object.fromEntries(
      others.map(({ key = '', value }) => [key.replace('log.record.template', 't'), plain(value)]),
    );
  });
}

function plain(value: AnyValueJson | undefined): unknown {
  return value?.arrayValue ? (value.arrayValue.values ?? []).map(plain) : Object.values(value ?? {})[0];
}

const connected = (ip: string, port: string) => `connected to host ${ip} on port ${port}`;
const LINES = [connected('10.0.0.1', '443'), connected('192.168.1.1', '8080'), connected('172.16.0.1', '80')];
const IP = { name: 'ip', pattern: String.raw`(\d{1,3}\.){3}\d{1,3}` };

describe('patterns', () => {
  test('have a wildcard where similar lines differ', async () => {
    const records = await annotated({}, ...LINES, 'disk write error on device sda', ' disk write error on device sdb ');
    assert.deepEqual(
      records.map(({ t }) => t),
      [
        LINES[0],
        'connected to host <*> on port <*>',
        'connected to host <*> on port <*>',
        'disk write error on device sda',
        'disk write error on device <*>',
      ],
    );
  });

  test('are of lines with the same number of words, and enough equal ones', async () => {
    const records = await annotated({ merge_threshold: 0.7 }, 'a b c', 'a b c d', 'a x c', 'a b c', 'a b c e');
    assert.deepEqual(
      records.map(({ t }) => t),
      ['a b c', 'a b c d', 'a x c', 'a b c', 'a b c <*>'],
    );
  });

  test('are known from the start', async () => {
    const seeds = { seed_templates: ['user <*> logged in', ' '], seed_logs: ['got 1 of 7', 'got 2 of 9', ''] };
    const records = await annotated(seeds, 'user ann logged in', 'got 3 of 8');
    assert.deepEqual(
      records.map(({ t }) => t),
      ['user <*> logged in', 'got <*> of <*>'],
    );
  });

  test('are written after enough of them are known', async () => {
    const records = await annotated({ warmup_min_clusters: 2 }, 'a b', 'a b', 'c d e', 'a b');
    assert.deepEqual(records, [{}, {}, { t: 'c d e' }, { t: 'a b' }]);
  });

  test('are of a field of the body, or of the whole body as text', async () => {
    const map = (key: string) => ({ kvlistValue: { values: [{ key, value: { stringValue: 'a b' } }] } });
    const records = await annotated(
      { body_field: 'message', template_attribute: 'p' },
      map('message'),
      map('other'),
      {},
      {
        intValue: '7',
      },
    );
    assert.deepEqual(records, [{ p: 'a b' }, { p: '{"other":"a b"}' }, {}, { p: '7' }]);
  });
});

describe('values', () => {
  test('of masking rules have attributes of their own; the first of a name counts', async () => {
    const records = await annotated(
      { masking_rules: [IP, { name: 'num', pattern: String.raw`\d+` }] },
      'req 1 from 10.0.0.1 to 10.0.0.2',
      'req 2 from 8.8.8.8 to 9.9.9.9',
    );
    assert.deepEqual(records[1], {
      t: 'req <num> from <ip> to <ip>',
      't.parameter.num': '2',
      't.parameter.ip': '8.8.8.8',
    });
  });

  test('of wildcards are a list, with other delimiters too', async () => {
    const config = { masking_rules: [IP], emit_wildcards: true, extra_delimiters: [':'], parameter_key_prefix: 'p' };
    const records = await annotated(
      config,
      'connected to host:alpha from 10.0.0.1',
      'connected to host:beta from 192.168.1.1',
      'connected to host:delta from 8.8.8.8',
    );
    assert.deepEqual(records[2], { t: 'connected to host <*> from <ip>', 'p.ip': '8.8.8.8', 't.wildcards': ['delta'] });
    const others = await annotated({ emit_wildcards: true, wildcards_attribute: 'w' }, ...LINES);
    assert.deepEqual(others[2], { t: 'connected to host <*> on port <*>', w: ['172.16.0.1', '80'] });
  });

  test('are left out if a value of several words moves the others', async () => {
    const rule = { name: 'id', pattern: String.raw`id: \d+` };
    const records = await annotated(
      { masking_rules: [rule], emit_wildcards: true },
      'request id: 1 done',
      'request id: 2 gone',
    );
    assert.deepEqual(records[1], { t: 'request <id> <*>' });
  });
});

describe('the tree', () => {
  const options: PatternTreeOptions = { depth: 4, threshold: 0.4, maxChildren: 100, maxPatterns: 1000, delimiters: [] };
  const add = (tree: PatternTree, line: string) => tree.add(tree.tokensOf(line)).join(' ');

  test('separates lines by their first words, unless they contain digits or are too many', () => {
    const tree = new PatternTree({ ...options, maxChildren: 3 });
    assert.equal(add(tree, 'get x y z'), 'get x y z');
    assert.equal(add(tree, 'put x y z'), 'put x y z');
    assert.equal(add(tree, 'del x y z'), 'del x y z');
    assert.equal(add(tree, 'set x y z'), '<*> x y z');
    const numbers = new PatternTree(options);
    add(numbers, 'node1 is up');
    assert.equal(add(numbers, 'node2 is up'), '<*> is up');
    const deep = new PatternTree({ ...options, depth: 5 });
    add(deep, 'a b c d e');
    assert.equal(add(deep, 'a x c d e'), 'a x c d e');
  });

  test('forgets the least recently used patterns', () => {
    const tree = new PatternTree({ ...options, maxPatterns: 2 });
    add(tree, 'a one two');
    add(tree, 'b one two');
    add(tree, 'a one three');
    add(tree, 'c one two');
    assert.equal(tree.size, 2);
    assert.equal(add(tree, 'a one four'), 'a one <*>');
    assert.equal(add(tree, 'b one three'), 'b one three');
  });

  test('stays within its bounds with any lines', () => {
    const random = createRandom(4);
    const tree = new PatternTree({ ...options, maxPatterns: 50, maxChildren: 5 });
    for (let i = 0; i < 5000; i++) {
      const tokens = Array.from({ length: 1 + random(8) }, () => `w${random(30)}`.replace(/1/g, 'x'));
      const pattern = tree.add(tokens);
      assert.equal(pattern.length, tokens.length);
      for (const [index, token] of pattern.entries()) assert.ok(token === '<*>' || token === tokens[index]);
      assert.ok(tree.size <= 50);
    }
    for (let i = 0; i < 100; i++) tree.add(tree.tokensOf(`${i} ${'long '.repeat(20_000)}`));
    assert.ok(tree.size < 100);
  });
});

describe('refuses', () => {
  const refused: readonly (readonly [Config, RegExp])[] = [
    [{ tree_depth: 2 }, /tree_depth/],
    [{ merge_threshold: 1.5 }, /merge_threshold/],
    [{ warmup_min_clusters: -1 }, /warmup_min_clusters/],
    [{ masking_rules: [{ name: '*', pattern: 'a' }] }, /masking_rules.*name: expected a name without spaces/],
    [{ masking_rules: [{ name: 'a b', pattern: 'a' }] }, /masking_rules.*name: expected a name without spaces/],
    [{ masking_rules: [{ name: '', pattern: 'a' }] }, /masking_rules.*name/],
    [{ masking_rules: [{ name: 'a', pattern: '' }] }, /masking_rules.*pattern/],
    [{ masking_rules: [{ name: 'a', pattern: '(' }] }, /masking_rules.*pattern: expected a regular expression/],
  ];
  for (const [config, message] of refused)
    test(JSON.stringify(config), () => assert.rejects(createComponentBench(drain, { config }), message));
});
