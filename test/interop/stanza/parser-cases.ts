import { each, type StanzaCase } from './case.ts';

const JSON_LINES = `{"time":"2026-03-04T05:06:07.123Z","level":"warn","n":5,"f":1.5,"b":true,"nil":null,"list":[1,"x",{"y":2}],"sub":{"a":{"b":1}}}
{"level":"ERROR","n":12345678901234567890,"e":1e3,"esc":"tab\\t\\u00fc\\ud83d\\ude00"}
{"broken":
[1,2]
null
"text"
plain text
{"a":1} trailing
`;
const json = { type: 'json_parser' };

const ACCESS = `10.0.0.1 - bob [04/Mar/2026:05:06:07 +0100] "GET /a?b=c HTTP/1.1" 200 512
10.0.0.2 - - [31/Dec/2025:23:59:59 -0500] "POST /x HTTP/1.0" 503 -
no match here
`;
const ACCESS_REGEX =
  '^(?P<ip>\\S+) - (?P<user>\\S+) \\[(?P<time>[^\\]]+)\\] "(?P<method>\\w+) (?P<path>\\S+) [^"]*" (?P<status>\\d{3}) (?P<size>\\S+)$';
const access = { type: 'regex_parser', regex: ACCESS_REGEX };

const PAIRS = `a=1 b="two words" c='x y'  d=
name=value=more k:v
"a=b" c=d
unterminated="x
  spaced = 1
esc="a\\"b" z=1
`;
const ROWS = `1,two,"three, 3"
4,"f""ive",six
7,8
"a"b,c,d
x y,'q',"z
,,
1|2|3
`;
const URIS = `https://user:pw@example.com:8443/a/b%20c.html?x=1&x=2&y=%C3%BC#frag
/path/only?q=a+b
?only=query&z
http://[::1]:80/
ftp://host
mailto:someone@example.com
not a uri
http://host/%zz
/a b/ü
http://EXAMPLE.com
http://host:port/
//network/path
`;
const ARRAYS = `[1,"two",true,null,{"a":1}]
[1.5,-3,1e3,"x"]
[[1]]
{"a":1}
[]
broken
["a","b","c"]
`;

/** Cases of the parsers of structured text. */
export const PARSER_CASES: readonly StanzaCase[] = [
  ...each('json', JSON_LINES, {
    plain: [json],
    'to body': [{ ...json, parse_to: 'body' }],
    'to a field': [{ ...json, parse_to: 'attributes.x.y' }],
    'to a bracketed field': [{ ...json, parse_to: 'attributes["a.b"]' }],
    'to the resource': [{ ...json, parse_to: 'resource' }],
    integers: [{ ...json, parse_ints: true }],
    'drops errors': [{ ...json, on_error: 'drop' }],
    'drops errors quietly': [{ ...json, on_error: 'drop_quiet' }],
    'sends errors quietly': [{ ...json, on_error: 'send_quiet' }],
    'with a condition': [{ ...json, if: 'body startsWith "{"' }],
    'with a condition that fails': [{ ...json, if: 'body.x == 1' }],
    'body of the result': [{ ...json, body: 'attributes.level' }],
    severity: [{ ...json, severity: { parse_from: 'attributes.level' } }],
    'severity without a field': [{ ...json, severity: { parse_from: 'attributes.none' } }],
    'severity of a number': [{ ...json, severity: { parse_from: 'attributes.n' } }],
    'severity of a fraction': [{ ...json, severity: { parse_from: 'attributes.f' } }],
    'time and severity': [
      {
        ...json,
        timestamp: { parse_from: 'attributes.time', layout: '%Y-%m-%dT%H:%M:%S.%LZ' },
        severity: { parse_from: 'attributes.level' },
      },
    ],
    'scope name': [{ ...json, scope_name: { parse_from: 'attributes.level' } }],
    'scope name of a number': [{ ...json, scope_name: { parse_from: 'attributes.n' } }],
    'missing field': [{ ...json, parse_from: 'attributes.message' }],
    nested: [json, { type: 'move', from: 'attributes.sub', to: 'body' }, { type: 'json_parser', if: 'false' }],
  }),
  ...each('regex', ACCESS, {
    plain: [access],
    'to body': [{ ...access, parse_to: 'body' }],
    cache: [{ ...access, cache: { size: 10 } }],
    drop: [{ ...access, on_error: 'drop' }],
    time: [{ ...access, timestamp: { parse_from: 'attributes.time', layout: '%d/%b/%Y:%H:%M:%S %z' } }],
    'severity of a status': [
      {
        ...access,
        severity: {
          parse_from: 'attributes.status',
          mapping: { error: '5xx', info: [{ min: 200, max: 399 }], warn: ['4xx'] },
        },
      },
    ],
    'severity overwritten': [
      {
        ...access,
        severity: { parse_from: 'attributes.status', preset: 'none', overwrite_text: true, mapping: { fatal2: 503 } },
      },
    ],
    'optional group': [{ type: 'regex_parser', regex: '(?P<a>\\d+)\\.(?P<b>x)?(?P<c>\\d)' }],
    flags: [{ type: 'regex_parser', regex: '(?i)(?P<verb>get|post)' }],
    'unnamed groups': [{ type: 'regex_parser', regex: '^(\\S+) (?P<rest>.*)$' }],
    lazy: [{ type: 'regex_parser', regex: '^(?P<first>.*?) (?P<rest>.*)$' }],
    'from a field': [
      access,
      { type: 'regex_parser', parse_from: 'attributes.path', regex: '(?P<query>\\?.*)', on_error: 'send_quiet' },
    ],
  }),
  ...each('key value', PAIRS, {
    plain: [{ type: 'key_value_parser' }],
    'to body': [{ type: 'key_value_parser', parse_to: 'body' }],
    delimiter: [{ type: 'key_value_parser', delimiter: ':' }],
    'pair delimiter': [{ type: 'key_value_parser', pair_delimiter: '=', delimiter: ' ' }],
    drop: [{ type: 'key_value_parser', on_error: 'drop' }],
  }),
  ...each('csv', ROWS, {
    plain: [{ type: 'csv_parser', header: 'a,b,c' }],
    lazy: [{ type: 'csv_parser', header: 'a,b,c', lazy_quotes: true }],
    'without quotes': [{ type: 'csv_parser', header: 'a,b,c', ignore_quotes: true }],
    delimiter: [{ type: 'csv_parser', header: 'a,b,c', header_delimiter: ',', delimiter: '|' }],
    tab: [{ type: 'csv_parser', header: 'a b', delimiter: ' ' }],
    'header of an attribute': [
      { type: 'add', field: 'attributes.columns', value: 'x,y,z' },
      { type: 'csv_parser', header_attribute: 'columns' },
    ],
    'header of a missing attribute': [{ type: 'csv_parser', header_attribute: 'columns' }],
    'to body': [{ type: 'csv_parser', header: 'a,b,c', parse_to: 'body' }],
  }),
  ...each('uri', URIS, {
    plain: [{ type: 'uri_parser' }],
    'to body': [{ type: 'uri_parser', parse_to: 'body' }],
  }),
  ...each('json array', ARRAYS, {
    'to body': [{ type: 'json_array_parser', parse_to: 'body' }],
    'to a field': [{ type: 'json_array_parser', parse_to: 'attributes.list' }],
    'to the root': [{ type: 'json_array_parser' }],
    header: [{ type: 'json_array_parser', header: 'a,b,c' }],
    'assigned keys': [
      { type: 'json_array_parser', parse_to: 'body' },
      { type: 'assign_keys', field: 'body', keys: ['a', 'b', 'c'] },
    ],
  }),
];
