import type { ComponentCases, Configuration } from '../cases.ts';

const signals = ['logs'];
const text = (stringValue: string) => ({ stringValue });
const list = (...values: object[]) => ({ arrayValue: { values } });
const map = (...values: object[]) => ({ kvlistValue: { values } });
const entry = (key: string, value: object) => ({ key, value });

const BODIES: Readonly<Record<string, readonly object[]>> = {
  texts: [list(text('a'), text('b'), text(''))],
  'numbers and booleans': [list({ intValue: '1' }, { doubleValue: 1.5 }, { boolValue: true })],
  'bytes and nothing': [list({ bytesValue: 'AQI=' }, {})],
  maps: [list(map(entry('a', text('x'))), map())],
  'nested lists': [list(list(text('a')), list(list(text('b'), text('c'))), text('d'))],
  'empty lists': [list(), list(list(), list()), text('stays')],
  'lists in maps': [map(entry('list', list(text('a'))))],
  'several records': [text('one'), list(text('two'), text('three')), { intValue: '4' }, list(text('five'))],
  'only lists': [list(text('a')), list(text('b'))],
};

const own = (recursive: boolean): Configuration[] =>
  Object.entries(BODIES).map(([name, bodies]) => ({
    name: `${name}, ${recursive ? 'recursive' : 'once'}`,
    config: { recursive },
    signals,
    steps: [
      {
        send: {
          resourceLogs: [
            {
              resource: { attributes: [entry('service.name', text('shop'))] },
              scopeLogs: [
                {
                  scope: { name: 's' },
                  logRecords: bodies.map((body, index) => ({
                    body,
                    timeUnixNano: String(index + 1),
                    severityText: 'INFO',
                    attributes: [entry('index', { intValue: String(index) })],
                  })),
                },
                { scope: { name: 't' }, logRecords: [{ body: bodies[0] }] },
              ],
            },
          ],
        },
      },
    ],
  }));

/** Test cases for `unroll`. */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'unroll',
  configurations: [
    { name: 'defaults', config: {}, signals },
    { name: 'recursive', config: { recursive: true }, signals },
    { name: 'not recursive', config: { recursive: false }, signals },
    ...own(false),
    ...own(true),
    { name: 'recursive that is a text', config: { recursive: 'yes' }, signals },
    { name: 'unknown option', config: { depth: 1 }, signals },
    { name: 'traces', config: {}, signals: ['traces'] },
  ],
};
