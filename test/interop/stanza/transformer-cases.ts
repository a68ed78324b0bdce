import { each, type StanzaCase } from './case.ts';

const LINES = `{"a":1,"b":{"c":"x","d":{"e":true}},"list":[1,2],"s":"text","q":"\\"quoted\\\\n\\""}
{"a":"two","b":"flat"}
{"list":["x","y","z"],"empty":{}}
`;
const body = { type: 'json_parser', parse_to: 'body' };
const attributes = { type: 'json_parser' };

/** Returns an operator that stores the value of an expression. */
function value(expression: string) {
  return [body, { type: 'add', field: 'attributes.result', value: `EXPR(${expression})`, on_error: 'send_quiet' }];
}

const EXPRESSIONS = [
  'body.a',
  'body?.b?.c',
  'body["a"]',
  'body.b.c ?? "none"',
  'body.a == 1',
  'body.a == 1.0',
  'body.a + 1',
  '1 + 2 * 3 - 4',
  '7 / 2',
  '7 % 3',
  '2 ** 10',
  '"a" + "b"',
  'body.s contains "ex"',
  'body.s matches "^t.*t$"',
  'body.none matches "x"',
  'body.s startsWith "te" and not (body.s endsWith "x")',
  '1 in [1, 2]',
  '"a" in body',
  'not ("zz" in body)',
  '"x" not in ["y"]',
  'len(body)',
  'len("über")',
  'upper(lower("AbC"))',
  'trim("  x ")',
  'split("a,b,c", ",")',
  'join(["a", "b"], "-")',
  'replace("aXbX", "X", "_")',
  'string(5) + "x"',
  'int("42")',
  'float("1.5")',
  'keys({"only": 1})',
  'body.list[0]',
  'body.list[-1]',
  '[1,2,3,4][1:3]',
  '"hello"[1:3]',
  'filter([1,2,3], # > 1)',
  'map([1,2], {# * 2})',
  'any([1,2], # == 2)',
  'all([1,2], # > 1)',
  'count([1,2,3], # > 1)',
  'first([5,6])',
  'last([5,6])',
  'body.a > 0 ? "pos" : "neg"',
  'nil',
  'true',
  '{"k": [1, "v"]}',
  'type(body.a)',
  'abs(-3)',
  'max(1, 5, 3)',
  'env("STANZA_TEST_UNSET")',
  'let x = 2; x + 1',
  '"a" < "b"',
  'body.a < "x"',
  'indexOf("hello", "l")',
  'hasPrefix("hello", "he")',
  '1..3',
  'sum([1,2,3])',
  'toJSON([1,"a"])',
  'fromJSON("{\\"z\\":1}").z',
  'body.list | len()',
  '!true',
  '-body.a',
  'attributes.none',
  'resource.none == nil',
  'reduce([1,2,3], #acc + #)',
  'get(body, "a")',
  'body.b.none.deep',
];

/** Cases of the operators that change entries. */
export const TRANSFORMER_CASES: readonly StanzaCase[] = [
  ...EXPRESSIONS.map((expression) => ({
    name: `expression: ${expression}`,
    input: LINES,
    operators: value(expression),
  })),
  ...each('add', LINES, {
    text: [{ type: 'add', field: 'attributes.x', value: 'v' }],
    number: [{ type: 'add', field: 'attributes.x', value: 5 }],
    fraction: [{ type: 'add', field: 'attributes.x', value: 1.5 }],
    boolean: [{ type: 'add', field: 'attributes.x', value: false }],
    map: [{ type: 'add', field: 'attributes.x', value: { a: { b: [1, 'x'] } } }],
    nested: [{ type: 'add', field: 'body.x.y', value: 'v' }],
    resource: [{ type: 'add', field: 'resource["service.name"]', value: 'svc' }],
    body: [{ type: 'add', field: 'body', value: 'new' }],
    'with a condition': [{ type: 'add', field: 'attributes.x', value: 'v', if: 'body contains "two"' }],
    timestamp: [{ type: 'add', field: 'attributes.x', value: 'EXPR(timestamp == nil)' }],
  }),
  ...each('copy and move', LINES, {
    copy: [body, { type: 'copy', from: 'body.b', to: 'attributes.copied' }],
    'copy to a root': [body, { type: 'copy', from: 'body.s', to: 'resource.s' }],
    'copy of nothing': [body, { type: 'copy', from: 'body.none', to: 'attributes.x' }],
    move: [body, { type: 'move', from: 'body.b', to: 'attributes.moved' }],
    'move body': [{ type: 'move', from: 'body', to: 'attributes.line' }],
    'move to body': [attributes, { type: 'move', from: 'attributes.s', to: 'body' }],
    'move into itself': [body, { type: 'move', from: 'body.b', to: 'body.b.inner' }],
    'move of nothing dropped': [body, { type: 'move', from: 'body.s', to: 'attributes.s', on_error: 'drop' }],
  }),
  ...each('remove and retain', LINES, {
    remove: [body, { type: 'remove', field: 'body.b.c' }],
    'remove body': [{ type: 'remove', field: 'body' }],
    'remove attributes': [attributes, { type: 'remove', field: 'attributes' }],
    'remove resource': [
      { type: 'add', field: 'resource.x', value: 1 },
      { type: 'remove', field: 'resource' },
    ],
    retain: [body, { type: 'retain', fields: ['body.a', 'body.b.d'] }],
    'retain attributes': [attributes, { type: 'retain', fields: ['attributes.a'] }],
    'retain mixed': [attributes, { type: 'retain', fields: ['attributes.a', 'body', 'resource.none'] }],
  }),
  ...each('flatten', LINES, {
    body: [body, { type: 'flatten', field: 'body.b' }],
    attributes: [attributes, { type: 'flatten', field: 'attributes.b' }],
    deep: [body, { type: 'flatten', field: 'body.b.d' }],
    'the body itself': [body, { type: 'flatten', field: 'body' }],
  }),
  ...each('unquote', '"a\\tb"\n`raw \\n`\n\'x\'\n\'xy\'\nplain\n"bad \\q"\n"\\u00fc\\x41\\101"\n', {
    body: [{ type: 'unquote', field: 'body' }],
    missing: [{ type: 'unquote', field: 'attributes.none' }],
  }),
  ...each('regex replace', 'a1b22\n\u001b[31mred\u001b[0m\n', {
    groups: [{ type: 'regex_replace', field: 'body', regex: '(\\w)(\\d+)', replace_with: '$2-\u0024{1}' }],
    named: [{ type: 'regex_replace', field: 'body', regex: '(?P<d>\\d)', replace_with: '<\u0024{d}>' }],
    ansi: [{ type: 'regex_replace', field: 'body', regex_name: 'ansi_control_sequences' }],
    'dollar text': [{ type: 'regex_replace', field: 'body', regex: '\\d+', replace_with: '$$ $1x $' }],
  }),
  ...each('filter', LINES, {
    drop: [body, { type: 'filter', expr: 'body.a == 1' }],
    'drop by text': [{ type: 'filter', expr: 'body matches "two"' }],
    'ratio 0': [{ type: 'filter', expr: 'true', drop_ratio: 0 }],
    failing: [{ type: 'filter', expr: 'body.x.y == 1' }],
    all: [{ type: 'filter', expr: 'true' }],
  }),
  ...each('router', LINES, {
    routes: [
      body,
      {
        type: 'router',
        routes: [{ expr: 'body.a == 1', output: 'one', attributes: { route: 'first' } }],
        default: 'two',
      },
      { type: 'add', id: 'one', field: 'attributes.way', value: '1', output: 'end' },
      { type: 'add', id: 'two', field: 'attributes.way', value: '2', output: 'end' },
      { type: 'noop', id: 'end' },
    ],
    'without a default': [
      body,
      { type: 'router', routes: [{ expr: '"list" in body', output: 'end' }] },
      { type: 'noop', id: 'end' },
    ],
    'two outputs': [
      { type: 'noop', output: ['x', 'y'] },
      { type: 'add', id: 'x', field: 'attributes.way', value: 'x', output: 'end' },
      { type: 'add', id: 'y', field: 'attributes.way', value: 'y', output: 'end' },
      { type: 'noop', id: 'end' },
    ],
  }),
  ...each('recombine', 'START a\n  b\n  c\nSTART d\nSTART e\n  f\n', {
    first: [{ type: 'recombine', is_first_entry: 'body startsWith "START"', combine_field: 'body' }],
    last: [{ type: 'recombine', is_last_entry: 'body contains "c"', combine_field: 'body', combine_with: '|' }],
    'batches of two': [
      { type: 'recombine', is_last_entry: 'false', combine_field: 'body', max_unmatched_batch_size: 2 },
    ],
    newest: [
      { type: 'add', field: 'attributes.line', value: 'EXPR(body)' },
      { type: 'recombine', is_first_entry: 'body startsWith "START"', combine_field: 'body', overwrite_with: 'newest' },
    ],
    'small size': [
      { type: 'recombine', is_first_entry: 'body startsWith "START"', combine_field: 'body', max_log_size: 5 },
    ],
  }),
  ...each('templates', 'x\ny\n', { noop: [{ type: 'noop' }] }).map((one) => ({
    ...one,
    options: { attributes: { a: 'constant', b: 'pre-EXPR(body)-post' }, resource: { r: 'EXPR(upper(body))' } },
  })),
];
