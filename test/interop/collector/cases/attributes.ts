import type { ComponentCases } from '../cases.ts';

const all = ['traces', 'metrics', 'logs'];
const KEYS = ['text', 'int', 'double', 'bool', 'list', 'map', 'any', 'http.route', 'kube_pod', 'Password'];
const insert = { key: 'seen', value: true, action: 'insert' };
const marked = (match: object) => ({ ...match, actions: [insert] });

/** Test cases for `attributes`. */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'attributes',
  configurations: [
    {
      name: 'insert, update and upsert values of all types',
      config: {
        actions: [
          { key: 'text', value: 'new', action: 'insert' },
          { key: 'int', value: 7, action: 'update' },
          { key: 'double', value: 1.5, action: 'upsert' },
          { key: 'bool', value: false, action: 'INSERT' },
          { key: 'list', value: [1, 'two', [3.5, true]], action: 'Update' },
          { key: 'map', value: { a: { b: [null] }, c: 'd' }, action: 'upsert' },
        ],
      },
      signals: all,
    },
    {
      name: 'copy attributes',
      config: {
        actions: KEYS.flatMap((key) => [
          { key: `copy.${key}`, from_attribute: key, action: 'insert' },
          { key, from_attribute: 'any', action: 'update' },
          { key: 'text', from_attribute: key, action: 'upsert' },
        ]),
      },
      signals: all,
    },
    {
      name: 'default values',
      config: {
        actions: [
          { key: 'a', from_attribute: 'absent', default_value: 'default', action: 'insert' },
          { key: 'text', from_attribute: 'int', default_value: [1, 2], action: 'upsert' },
          { key: 'b', default_value: { c: 1 }, action: 'insert' },
          { key: 'd', from_context: 'metadata.absent', default_value: 3.5, action: 'upsert' },
          { key: 'e', value: null, default_value: true, action: 'insert' },
        ],
      },
      signals: all,
    },
    {
      name: 'missing contexts',
      config: {
        actions: [
          { key: 'a', from_context: 'metadata.tenant', action: 'insert' },
          { key: 'b', from_context: 'auth.subject', action: 'insert' },
          { key: 'c', from_context: 'tenant', action: 'upsert' },
        ],
      },
      signals: ['traces'],
    },
    { name: 'delete', config: { actions: KEYS.slice(0, 5).map((key) => ({ key, action: 'delete' })) }, signals: all },
    {
      name: 'delete by pattern and key',
      config: { actions: [{ key: 'int', pattern: '^(http|kube)|word$', action: 'delete' }] },
      signals: all,
    },
    { name: 'hash', config: { actions: KEYS.map((key) => ({ key, action: 'hash' })) }, signals: all },
    {
      name: 'hash by pattern',
      config: { actions: [{ pattern: '(?i)^p|o', action: 'hash' }, insert, { pattern: 'seen', action: 'hash' }] },
      signals: all,
    },
    {
      name: 'hash by key and pattern hashes twice',
      config: { actions: [{ key: 'text', pattern: '^te', action: 'hash' }] },
      signals: ['logs'],
    },
    {
      name: 'extract',
      config: {
        actions: [
          { key: 'text', pattern: String.raw`^(?P<first>\w+)(?P<second>\W+)?`, action: 'extract' },
          { key: 'any', pattern: '(?P<any>.)', action: 'extract' },
          { key: 'http.route', pattern: '(?P<route>(?P<inner>[a-z]+)[^a-z])', action: 'extract' },
        ],
      },
      signals: all,
    },
    ...['int', 'double', 'string'].map((type) => ({
      name: `convert to ${type}`,
      config: { actions: KEYS.map((key) => ({ key, action: 'convert', converted_type: type })) },
      signals: all,
    })),
    {
      name: 'a sequence on one key',
      config: {
        actions: [
          { key: 'a', from_attribute: 'int', action: 'insert' },
          { key: 'a', converted_type: 'string', action: 'convert' },
          { key: 'a', action: 'hash' },
          { key: 'b', from_attribute: 'a', action: 'upsert' },
          { key: 'a', action: 'delete' },
          { key: 'a', value: 1, action: 'update' },
          { key: 'b', pattern: '^(?P<a>..)', action: 'extract' },
        ],
      },
      signals: all,
    },
    {
      name: 'include services and names',
      config: marked({
        include: { match_type: 'strict', services: ['shop', 'payments'], span_names: ['GET /', 'MyMetricName', ''] },
      }),
      signals: ['traces'],
    },
    {
      name: 'include kinds',
      config: marked({ include: { match_type: 'strict', span_kinds: ['SPAN_KIND_SERVER', 'SPAN_KIND_CLIENT'] } }),
      signals: ['traces'],
    },
    {
      name: 'include expressions of kinds and services',
      config: marked({
        include: {
          match_type: 'regexp',
          span_kinds: ['UNSPEC', 'ER$'],
          services: ['^front-'],
          regexp: { cacheenabled: true, cachemaxnumentries: 10 },
        },
      }),
      signals: ['traces'],
    },
    {
      name: 'exclude attributes of all types',
      config: marked({
        exclude: {
          match_type: 'strict',
          attributes: [
            { key: 'http.response.status_code', value: 404 },
            { key: 'bool', value: true },
          ],
        },
      }),
      signals: ['traces', 'logs'],
    },
    ...[200, '200', 1.5, 3.14, true, ['x'], [], { a: 1 }].map((value) => ({
      name: `include the value ${JSON.stringify(value)}`,
      config: marked({ include: { match_type: 'strict', attributes: [{ key: 'any', value }] } }),
      signals: ['traces', 'logs'],
    })),
    {
      name: 'include texts of values',
      config: marked({
        include: { match_type: 'regexp', attributes: [{ key: 'any', value: '^[-0-9.t]' }, { key: 'double' }] },
      }),
      signals: ['traces', 'logs'],
    },
    {
      name: 'include keys without a match type',
      config: marked({ include: { attributes: [{ key: 'any' }], resources: [{ key: 'host.name' }] } }),
      signals: ['traces', 'logs'],
    },
    {
      name: 'include resources',
      config: marked({
        include: {
          match_type: 'regexp',
          resources: [
            { key: 'host.name', value: '^a' },
            { key: 'service.name', value: 'o' },
          ],
        },
      }),
      signals: ['traces', 'logs', 'metrics'],
    },
    {
      name: 'include libraries',
      config: marked({ include: { match_type: 'strict', libraries: [{ name: 'lib' }] } }),
      signals: ['traces', 'logs'],
    },
    {
      name: 'include libraries that all match',
      config: marked({ include: { match_type: 'regexp', libraries: [{ name: 'l', version: '' }, { name: 'b' }] } }),
      signals: ['traces', 'logs'],
    },
    {
      name: 'include bodies and severities',
      config: marked({
        include: { match_type: 'regexp', log_bodies: ['[a-z]{3}', '^$'], log_severity_texts: ['(?i)warn', '^$'] },
        exclude: { match_type: 'strict', log_severity_number: { min: 9, match_undefined: true } },
      }),
      signals: ['logs'],
    },
    {
      name: 'include only undefined severities',
      config: marked({ include: { log_severity_number: { min: 25, match_undefined: true } } }),
      signals: ['logs'],
    },
    {
      name: 'include metric names',
      config: marked({
        include: { match_type: 'regexp', metric_names: ['^cpu', 'total'] },
        exclude: { match_type: 'strict', metric_names: ['cpu.time'] },
      }),
      signals: ['metrics'],
    },
    {
      name: 'metrics by expressions, of which there are none',
      config: marked({ include: { match_type: 'expr', metric_names: ['absent'] } }),
      signals: ['metrics'],
    },
    { name: 'empty lists', config: marked({ include: { match_type: 'strict', services: [] } }), signals: all },
    {
      name: 'properties of spans',
      config: marked({ include: { match_type: 'strict', services: ['shop'] } }),
      signals: all,
    },
    {
      name: 'properties of logs',
      config: marked({ include: { match_type: 'strict', log_bodies: ['x'] } }),
      signals: all,
    },
    {
      name: 'properties of metrics',
      config: marked({ exclude: { match_type: 'strict', metric_names: ['x'] } }),
      signals: all,
    },
    {
      name: 'unknown match type',
      config: marked({ include: { match_type: 'glob', attributes: [{ key: 'a', value: 'x' }] } }),
      signals: ['traces'],
    },
    { name: 'no match type', config: marked({ include: { services: ['shop'] } }), signals: ['traces'] },
    {
      name: 'wrong kind',
      config: marked({ include: { match_type: 'strict', span_kinds: ['SPAN_KIND_UNSPECIFIED'] } }),
      signals: ['traces'],
    },
    {
      name: 'wrong expression',
      config: marked({ include: { match_type: 'regexp', span_names: ['('] } }),
      signals: ['traces'],
    },
    {
      name: 'expression that is a number',
      config: marked({ include: { match_type: 'regexp', attributes: [{ key: 'a', value: 1 }] } }),
      signals: ['traces'],
    },
    {
      name: 'attribute without key',
      config: marked({ include: { match_type: 'strict', attributes: [{ value: 1 }] } }),
      signals: ['traces'],
    },
    {
      name: 'negative cache',
      config: marked({
        include: { match_type: 'regexp', services: ['a'], regexp: { cacheenabled: true, cachemaxnumentries: -1 } },
      }),
      signals: ['traces'],
    },
    ...[
      [],
      [{ key: 'a', action: 'insert' }],
      [{ key: 'a', action: 'replace' }],
      [{ key: 'a' }],
      [{ action: 'insert', value: 1 }],
      [{ action: 'delete' }],
      [{ key: 'a', value: 1, from_attribute: 'b', action: 'update' }],
      [{ key: 'a', value: 1, action: 'delete' }],
      [{ key: 'a', from_attribute: 'b', action: 'hash' }],
      [{ key: 'text', from_context: 'b', action: 'hash' }],
      [{ key: 'a', pattern: '(', action: 'delete' }],
      [{ key: 'a', pattern: 'x', action: 'insert', value: 1 }],
      [{ key: 'a', action: 'extract' }],
      [{ key: 'a', pattern: 'x', action: 'extract' }],
      [{ key: 'a', pattern: '(?P<x>a)(b)', action: 'extract' }],
      [{ key: 'a', pattern: '(?P<x>a)', converted_type: 'int', action: 'extract' }],
      [{ key: 'a', action: 'convert' }],
      [{ key: 'a', action: 'convert', converted_type: 'bool' }],
      [{ key: 'a', action: 'convert', converted_type: 'int', value: 1 }],
      [{ key: 'a', action: 'insert', converted_type: 'int', value: 1 }],
      [{ key: '', pattern: 'o', action: 'delete' }],
      [{ key: 'text', default_value: 1, action: 'delete' }],
      [{ key: 'text', action: 'delete', unknown: 1 }],
      [{ key: 5, action: 'delete' }],
    ].map((actions, index) => ({
      name: `actions ${index}: ${JSON.stringify(actions)}`,
      config: { actions },
      signals: ['logs'],
    })),
  ],
};
