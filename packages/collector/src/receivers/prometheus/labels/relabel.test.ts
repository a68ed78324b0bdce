import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prometheusConfig } from '../config/scrape.ts';
import { compileRelabeling } from './relabel.ts';

/** Applies rules, given with keys in camel case; `undefined` if they drop the labels. */
function apply(rules: readonly object[], labels: Readonly<Record<string, string>>) {
  const config = prometheusConfig.parse({ config: { scrapeConfigs: [{ jobName: 'j', relabelConfigs: rules }] } });
  const relabel = compileRelabeling(config.config.scrapeConfigs[0]?.relabelConfigs ?? []);
  const map = new Map(Object.entries(labels));
  return relabel(map) ? Object.fromEntries([...map].sort()) : undefined;
}

/** The cases of `model/relabel/relabel_test.go` of Prometheus. */
const CASES: readonly (readonly [
  rules: readonly object[],
  input: Record<string, string>,
  output: object | undefined,
])[] = [
  [
    [
      {
        sourceLabels: ['a'],
        regex: 'f(.*)',
        targetLabel: 'd',
        separator: ';',
        replacement: `ch\${1}-ch\${1}`,
        action: 'replace',
      },
    ],
    { a: 'foo', b: 'bar', c: 'baz' },
    { a: 'foo', b: 'bar', c: 'baz', d: 'choo-choo' },
  ],
  [
    [
      { sourceLabels: ['a', 'b'], regex: 'f(.*);(.*)r', targetLabel: 'a', replacement: `b\${1}\${2}m` },
      { sourceLabels: ['c', 'a'], regex: '(b).*b(.*)ba(.*)', targetLabel: 'd', replacement: '$1$2$2$3' },
    ],
    { a: 'foo', b: 'bar', c: 'baz' },
    { a: 'boobam', b: 'bar', c: 'baz', d: 'boooom' },
  ],
  [[{ sourceLabels: ['a'], regex: '.*o.*', action: 'drop' }], { a: 'foo' }, undefined],
  [[{ sourceLabels: ['a'], regex: '.*o.*', action: 'drop' }], { a: 'abc' }, { a: 'abc' }],
  [[{ sourceLabels: ['a'], regex: 'no-match', action: 'keep' }], { a: 'foo' }, undefined],
  [[{ sourceLabels: ['a'], regex: 'f', action: 'keep' }], { a: 'foo' }, undefined],
  [[{ sourceLabels: ['a'], regex: 'no-match', targetLabel: 'd', replacement: '' }], { a: 'foo' }, { a: 'foo' }],
  [[{ sourceLabels: ['a'], regex: '^(foo)', targetLabel: 'a', replacement: '' }], { a: 'foo', b: 'x' }, { b: 'x' }],
  [[{ sourceLabels: ['c'], targetLabel: 'd', action: 'hashmod', modulus: 1000 }], { c: 'baz' }, { c: 'baz', d: '976' }],
  [
    [{ sourceLabels: ['c'], targetLabel: 'd', action: 'hashmod', modulus: 1000 }],
    { c: 'foo\nbar' },
    { c: 'foo\nbar', d: '734' },
  ],
  [
    [{ regex: '(b.*)', replacement: `bar_\${1}`, action: 'labelmap' }],
    { a: 'x', b1: 'y', b2: 'z' },
    { a: 'x', b1: 'y', b2: 'z', bar_b1: 'y', bar_b2: 'z' },
  ],
  [[{ regex: '__meta_(my.*)', action: 'labelmap' }], { __meta_my_bar: 'aaa' }, { __meta_my_bar: 'aaa', my_bar: 'aaa' }],
  [[{ regex: '(b.*)', action: 'labeldrop' }], { a: 'foo', b1: 'bar' }, { a: 'foo' }],
  [[{ regex: '(b.*)', action: 'labelkeep' }], { a: 'foo', b1: 'bar' }, { b1: 'bar' }],
  [
    [{ sourceLabels: ['foo'], targetLabel: 'up', action: 'uppercase' }],
    { foo: 'bAr123Foo' },
    { foo: 'bAr123Foo', up: 'BAR123FOO' },
  ],
  [
    [{ sourceLabels: ['foo'], targetLabel: 'low', action: 'Lowercase' }],
    { foo: 'bAr123Foo' },
    { foo: 'bAr123Foo', low: 'bar123foo' },
  ],
  [[{ sourceLabels: ['a'], targetLabel: 'p', action: 'keepequal' }], { a: '1', p: '1' }, { a: '1', p: '1' }],
  [[{ sourceLabels: ['a'], targetLabel: 'p', action: 'keepequal' }], { a: '1', p: '2' }, undefined],
  [[{ sourceLabels: ['a'], targetLabel: 'p', action: 'dropequal' }], { a: '1', p: '1' }, undefined],
  [
    [{ sourceLabels: ['a'], targetLabel: `\${1}`, regex: '(.*)', replacement: 'x' }],
    { a: 'name' },
    { a: 'name', name: 'x' },
  ],
  [
    [{ sourceLabels: ['a'], targetLabel: 'd', regex: '(?P<first>.)(.*)', replacement: `\${first}$$1` }],
    { a: 'foo' },
    { a: 'foo', d: 'f$1' },
  ],
];

test('rules change labels as those of Prometheus', () => {
  for (const [rules, input, output] of CASES) assert.deepEqual(apply(rules, input), output, JSON.stringify(rules));
});

test('rules that Prometheus rejects are rejected', () => {
  for (const rule of [
    { action: 'hashmod', targetLabel: 'x' },
    { action: 'replace' },
    { action: 'labeldrop', regex: 'x', targetLabel: 'y' },
    { action: 'keepequal', targetLabel: 'x', regex: 'y' },
    { action: 'lowercase', targetLabel: 'x', replacement: 'y' },
    { action: 'unknown' },
    { sourceLabels: ['a'], targetLabel: 'b', regex: '(' },
  ]) {
    assert.throws(() => apply([rule], {}), JSON.stringify(rule));
  }
});
