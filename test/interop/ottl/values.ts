/** Returns a random element. */
export function pick<T>(random: () => number, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

const TEXTS = [
  '',
  'a',
  'hello world',
  'MyMetricName',
  'my_metric-name.total',
  'HTTPServer2',
  '/user/5/list/9',
  'grün',
  '一二三',
  '🙂x',
  'k1=v1 k2="v 2"',
  '{"a":1,"b":[true,null,"x"],"c":{"d":2.5}}',
  '[1,"2",3.5]',
  'a,b,"c,d"',
  '42',
  '-7',
  '1.5',
  'true',
  '0xFF',
  '192.168.2.1',
  'http://u:p@www.example.com:80/foo.gif?k=v#f',
  '2023-05-26 12:34:56',
  '1h30m',
  'aGVsbG8=',
  '4242424242424242',
  ' padded ',
  '<a x="1"><b>1</b><b/>t<c>x</c><!-- n --></a>',
  '<?xml version="1.0"?><Log><User id="5"><ID>00001</ID><Name type="first">Joe</Name></User><Text>A &amp; B</Text></Log>',
];
const INTEGERS = ['0', '1', '-1', '5', '200', '404', '9007199254740993', '9223372036854775807', '-9223372036854775808'];
const DOUBLES = [0, 1, -1.5, 200, 1e21, 1e-7, 3.14];

/** Returns a random `AnyValue` in OTLP/JSON. */
export function randomValue(random: () => number, depth = 0): object {
  const kind = Math.floor(random() * (depth < 2 ? 8 : 5));
  switch (kind) {
    case 0:
    case 1:
      return { stringValue: pick(random, TEXTS) };
    case 2:
      return { intValue: pick(random, INTEGERS) };
    case 3:
      return { doubleValue: pick(random, DOUBLES) };
    case 4:
      return random() < 0.7 ? { boolValue: random() < 0.5 } : { bytesValue: 'AQID/w==' };
    case 5:
      return { arrayValue: { values: list(random, () => randomValue(random, depth + 1)) } };
    case 6:
      return { kvlistValue: { values: randomAttributes(random, depth + 1) } };
    default:
      return random() < 0.3 ? {} : { stringValue: pick(random, TEXTS) };
  }
}

function list<T>(random: () => number, make: () => T): T[] {
  return Array.from({ length: Math.floor(random() * 4) }, make);
}

/** Attribute keys, which statements use as well. */
export const KEYS = ['text', 'int', 'double', 'bool', 'list', 'map', 'any', 'http.route', 'kube_pod', 'Password'];

/** Returns random attributes, usually of the type indicated by their key. */
export function randomAttributes(random: () => number, depth = 0): { key: string; value: object }[] {
  return KEYS.filter(() => random() < (depth === 0 ? 0.7 : 0.3)).map((key) => ({
    key,
    value: random() < 0.75 ? typedValue(random, key, depth) : randomValue(random, depth),
  }));
}

function typedValue(random: () => number, key: string, depth: number): object {
  switch (key) {
    case 'text':
    case 'http.route':
      return { stringValue: pick(random, TEXTS) };
    case 'int':
      return { intValue: pick(random, INTEGERS) };
    case 'double':
      return { doubleValue: pick(random, DOUBLES) };
    case 'bool':
      return { boolValue: random() < 0.5 };
    case 'list':
      return { arrayValue: { values: list(random, () => randomValue(random, depth + 1)) } };
    case 'map':
      return { kvlistValue: { values: depth < 2 ? randomAttributes(random, depth + 1) : [] } };
    default:
      return randomValue(random, depth);
  }
}
