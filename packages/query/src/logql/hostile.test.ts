import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostileName } from '@otelier/testkit/hostile/names';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import { TemplateError } from '../go-template/ast.ts';
import { decodeJsonPush } from '../loki/push/decode-json.ts';
import { decodeProtobufPush } from '../loki/push/decode-protobuf.ts';
import { PushError } from '../loki/push/stream.ts';
import { parseLogql } from './parse/parse.ts';
import { LogqlParseError } from './parse/parse-error.ts';
import { compilePipeline } from './pipeline/compile.ts';
import { compileTemplate } from './template/template.ts';

const PARTS = [
  ...[
    '{',
    '}',
    '(',
    ')',
    '[5m]',
    '[',
    ']',
    '|',
    '|=',
    '!=',
    '|~',
    '=~',
    '=',
    '==',
    '>',
    ',',
    '-',
    '+',
    '^',
    'or',
    'and',
  ],
  ...[
    'a',
    'app',
    '"b"',
    '`c`',
    '"(.*"',
    '5',
    '1KB',
    '2s',
    '-3m',
    'ip("1.1.1.1")',
    'json',
    'logfmt',
    '--strict',
    'unpack',
  ],
  ...['regexp "(?P<a>.)"', 'pattern "<a>"', 'line_format "{{.a}}"', 'label_format a=b', 'drop a', 'keep a', 'unwrap b'],
  ...[
    'rate',
    'sum',
    'by',
    'without',
    'topk',
    'bool',
    'on',
    'group_left',
    'offset',
    'vector',
    'label_replace',
    '#x\n',
    '\u0000',
  ],
];
const TEMPLATE_PARTS = [
  ...[
    '{{',
    '}}',
    '{{-',
    '-}}',
    '.',
    '.a',
    '.a.b',
    '$',
    '$x',
    ':=',
    '=',
    '|',
    '(',
    ')',
    '"s"',
    '1',
    '1.5',
    "'c'",
    'nil',
  ],
  ...[
    'if',
    'else',
    'end',
    'range',
    'with',
    'break',
    'define',
    'eq',
    'and',
    'printf',
    'index',
    'slice',
    'len',
    'repeat',
  ],
  ...[
    '999999999',
    'fromJson',
    'date',
    'toDate',
    'now',
    'div',
    '0',
    'regexReplaceAll',
    'trunc',
    '-5',
    'unixToTime',
    '/*',
  ],
];

function textOf(parts: readonly string[], random: Random): string {
  return Array.from({ length: 1 + random(14) }, () =>
    random(12) === 0 ? hostileName(random) : parts[random(parts.length)],
  ).join(random(3) === 0 ? '' : ' ');
}

test('any text is a query or rejected with a parse error', () => {
  const random = createRandom(11);
  for (let number = 0; number < 3000; number++) {
    const text = random(2) === 0 ? textOf(PARTS, random) : `{a="b"} | ${textOf(PARTS, random)}`;
    try {
      const expr = parseLogql(text);
      if (expr.kind === 'log') compilePipeline(expr.stages, () => 0);
    } catch (error) {
      assert.ok(error instanceof LogqlParseError, `${JSON.stringify(text)}: ${error}`);
    }
  }
});

test('deeply nested and long queries are rejected', () => {
  for (const text of [
    '('.repeat(100_000),
    `{a="b"} | ${'('.repeat(50_000)}`,
    `1${'+1'.repeat(70_000)}`,
    `${'sum('.repeat(20_000)}`,
  ]) {
    assert.throws(() => parseLogql(text), LogqlParseError);
  }
  const nested = `{"a":`.repeat(10_000);
  const pipeline = compilePipeline([{ kind: 'json', expressions: [] }, { kind: 'unpack' }], () => 0);
  const entry = pipeline({ time: 0n, line: nested, stream: new Map(), metadata: new Map() });
  assert.equal(entry?.labels.error, 'JSONParserErr');
});

test('any template is executed or rejected, within bounds of time and size', () => {
  const random = createRandom(12);
  const labels = new Map([['a', '[{"b":1},{"b":[1,2]}]']]);
  for (let number = 0; number < 3000; number++) {
    const text = `{{${textOf(TEMPLATE_PARTS, random)}}}${textOf(TEMPLATE_PARTS, random)}`;
    try {
      const result = compileTemplate(text, () => 0)({ labels, line: 'line', time: 0n });
      assert.ok(result.length <= 1 << 20);
    } catch (error) {
      assert.ok(error instanceof TemplateError, `${JSON.stringify(text)}: ${error}`);
    }
  }
  const loops = `${'{{range fromJson .a}}'.repeat(30)}x${'{{end}}'.repeat(30)}`;
  const many = new Map([['a', JSON.stringify(Array.from({ length: 50 }, () => 1))]]);
  assert.throws(() => compileTemplate(loops, () => 0)({ labels: many, line: '', time: 0n }), TemplateError);
});

const STAGES =
  '{a="b"} | json | logfmt --strict | regexp "(?P<x>.+)" | pattern "<p>=<_>" | unpack | decolorize | x > 5 or p = ip("1.0.0.0/8") ' +
  '| line_format "{{.x | trunc 5}}" | label_format y="{{.p | upper}}" | json z="a[0].b" | drop x | keep y, z';

test('any line passes a pipeline', () => {
  const random = createRandom(13);
  const expr = parseLogql(STAGES);
  assert.equal(expr.kind, 'log');
  const pipeline = compilePipeline(expr.kind === 'log' ? expr.stages : [], () => 0);
  for (let number = 0; number < 2000; number++) {
    const line = Array.from({ length: random(8) }, () =>
      random(2) === 0 ? hostileName(random) : '{"[]=\\:, 1.2.3.4'.slice(random(14)),
    ).join('');
    pipeline({ time: 0n, line, stream: new Map([['a', 'b']]), metadata: new Map([['x', line]]) });
  }
});

test('any bytes are a push request or rejected', () => {
  const random = createRandom(14);
  for (let number = 0; number < 3000; number++) {
    const bytes = Uint8Array.from({ length: random(40) }, () => random(random(2) === 0 ? 32 : 256));
    for (const decode of [decodeProtobufPush, decodeJsonPush]) {
      try {
        decode(bytes);
      } catch (error) {
        assert.ok(error instanceof PushError, `${Buffer.from(bytes).toString('hex')}: ${error}`);
      }
    }
  }
});
