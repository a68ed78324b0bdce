import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyValue, evaluate } from '../../evaluate.testing.ts';
import type { Value } from '../../values/value.ts';

const DOCUMENT =
  '<?xml version="1.0"?><Log><User id="5"><ID>00001</ID><Name type="first">Joe</Name></User><Text>A &amp; B</Text></Log>';

const on = (expression: string, body: string): Value => evaluate(expression, { body: anyValue(body) });

test('parses XML into maps', () => {
  const name = 'ParseXML(body)["children"][0]["children"][1]';
  assert.equal(on(`${name}["content"]`, DOCUMENT), 'Joe');
  assert.equal(on(`${name}["attributes"]["type"]`, DOCUMENT), 'first');
  assert.equal(on('ParseSimplifiedXML(body)["Log"]["Text"]', DOCUMENT), 'A & B');
  assert.deepEqual(on('ParseSimplifiedXML(body)["a"]["b"]', '<a><b>1</b><b><![CDATA[2]]></b></a>'), ['1', '2']);
});

const DOCUMENTED: [expression: string, body: string, expected: string][] = [
  ['GetXML(body, "//a")', '<x><a>1</a><b><a>2</a></b></x>', '<a>1</a><a>2</a>'],
  ['GetXML(body, "/a[1]")', '<a>1</a><a>2</a>', '<a>1</a>'],
  [`GetXML(body, "//a[@b='c']")`, '<x><a b="c">1</a><a/></x>', '<a b="c">1</a>'],
  ['GetXML(body, "/a/text()")', '<a><![CDATA[hello]]></a>', 'hello'],
  ['GetXML(body, "/a/@foo")', '<a foo="bar"/>', 'bar'],
  ['InsertXML(body, "/", "<foo/>")', '<a></a>', '<a></a><foo></foo>'],
  ['InsertXML(body, "//foo", "<bar/>")', '<foo></foo>', '<foo><bar></bar></foo>'],
  ['RemoveXML(body, "/a/@foo")', '<a foo="1" b="2"></a>', '<a b="2"></a>'],
  [`RemoveXML(body, "/a/b[@foo='bar']")`, '<a><b foo="bar"></b><b></b></a>', '<a><b></b></a>'],
  ['RemoveXML(body, "//comment()")', '<a><!-- x --></a>', '<a></a>'],
  [
    `RemoveXML(body, "/Log/Record[./Name/@type='archive']")`,
    '<Log><Record><Name type="archive"></Name></Record><Record></Record></Log>',
    '<Log><Record></Record></Log>',
  ],
  ['ConvertAttributesToElementsXML(body)', '<a foo="bar"><b>baz</b></a>', '<a><b>baz</b><foo>bar</foo></a>'],
  ['ConvertTextToElementsXML(body)', '<a><b>foo</b>bar</a>', '<a><b>foo</b><value>bar</value></a>'],
  [
    'ConvertTextToElementsXML(body, elementName = "custom")',
    '<a><b>foo</b>bar</a>',
    '<a><b>foo</b><custom>bar</custom></a>',
  ],
];

for (const [expression, body, expected] of DOCUMENTED)
  test(expression, () => assert.equal(on(expression, body), expected));

for (const [expression, body, message] of [
  ['ParseXML(body)', 'hello', /expected an XML element/],
  ['ParseXML(body)', '<a><b></a>', /expected the end of b, got <\/a>/],
  ['ParseXML(body)', '<a>&x;</a>', /expected an entity/],
  ['GetXML(body, "/a[")', '<a/>', /expected an XPath/],
  ['GetXML(body, "sum(/a)")', '<a/>', /expected an XPath that otelier supports/],
] as const)
  test(`fails: ${expression} on ${body}`, () => assert.throws(() => on(expression, body), message));

test('bounds the depth of documents and of expressions', () => {
  assert.throws(() => on('ParseXML(body)', '<a>'.repeat(20_000)), /at most 10000 nested elements/);
  assert.throws(() => on(`GetXML(body, "${'('.repeat(500)}")`, '<a/>'), /expected an XPath/);
});
