/** Structural tokens and similar characters. */
export const PUNCTUATION = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '/',
  "'",
  'u',
  '0',
  '-',
  '.',
  '\u0000',
  '\ufeff',
  '//',
  ',,',
];
/** JSON whitespace and other whitespace. */
export const SPACE = [' ', '\n', '\r\n', '\t', '\f', '\u00a0', '\u2028', '   \n '];
/** Numbers, literals and numeric strings: limits and invalid values. */
export const SCALARS: readonly string[] = [
  ...['0', '-0', '1', '-1', '1.5', '1e3', '1E-3', '01', '+1', '1.', '.5', '1e', '0x10', 'NaN', 'Infinity', '--1'],
  ...['2147483647', '2147483648', '-2147483648', '-2147483649', '4294967295', '4294967296', '9007199254740993'],
  ...['9223372036854775807', '9223372036854775808', '-9223372036854775808', '18446744073709551615'],
  ...['18446744073709551616', '1e19', '1e308', '1e309', '-1e400', '5e-324', '0.1e1', '10000000000000000000000e-10'],
  ...['true', 'false', 'null', 'True', 'nul', 'tru', '"1"', '"-1"', '"1e2"', '"0x1"', '""', '" 1"', '"1 "', '"NaN"'],
  ...['"Infinity"', '"-Infinity"', '"18446744073709551616"', '"SPAN_KIND_SERVER"', '"STATUS_CODE_OK"', '"01"'],
];
/** Strings with and without a meaning in OTLP. */
export const STRINGS: readonly string[] = [
  ...[
    '""',
    '"\\u0000"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\ud83d\\ude00"',
    '"\\u00e9"',
    '"é😀"',
    '"\\x41"',
    '"\\u12"',
  ],
  ...[
    '"\\"',
    '"\\\\"',
    '"\\/\\b\\f\\n\\r\\t"',
    '"\n"',
    '"\t"',
    '"0123456789abcdef0123456789ABCDEF"',
    '"0123456789abcdeg"',
  ],
  ...['"0000000000000000"', '"00"', '"AP8_"', '"AP8/"', '"QQ=="', '"QQ"', '"Q"', '"QQ=A"', '"===="', '"\\u0041"'],
];
/** Values for unknown members. */
export const STRANGE = [
  '1',
  '-0.0e-9',
  '"s"',
  '{}',
  '[]',
  '[1,2,{"a":[null]}]',
  '{"a":{"b":{"c":[]}}}',
  'true',
  'null',
  '1e999',
];
/** OTLP field names, in both spellings. */
export const NAMES: readonly string[] = [
  ...[
    'resourceSpans',
    'resource_spans',
    'scopeSpans',
    'spans',
    'attributes',
    'key',
    'value',
    'stringValue',
    'intValue',
  ],
  ...[
    'int_value',
    'doubleValue',
    'boolValue',
    'bytesValue',
    'arrayValue',
    'kvlistValue',
    'values',
    'traceId',
    'spanId',
  ],
  ...['startTimeUnixNano', 'kind', 'status', 'code', 'flags', 'asInt', 'asDouble', 'gauge', 'sum', 'dataPoints'],
  ...['bucketCounts', 'explicitBounds', 'body', 'severityNumber', 'timeUnixNano', 'droppedAttributesCount', 'unknown'],
  ...['__proto__', 'constructor', 'toString', 'trace\\u0049d'],
];
