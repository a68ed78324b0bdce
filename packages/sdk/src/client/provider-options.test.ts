import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  alwaysOn,
  createClient,
  filterSpans,
  LoggerProvider,
  MeterProvider,
  Timeline,
  TracerProvider,
} from '../node.ts';

const client = createClient({ flushOnExit: false });

/** Creates a provider with options that violate their types. */
const make = {
  traces: (options: unknown) => new TracerProvider(options as never),
  metrics: (options: unknown) => new MeterProvider(options as never),
  logs: (options: unknown) => new LoggerProvider(options as never),
};

const WRONG: readonly (readonly [signal: keyof typeof make, options: unknown, message: string])[] = [
  ['traces', undefined, 'options: expected an object, got undefined'],
  ['traces', {}, 'client: expected a client, such as createClient returns, got undefined'],
  ['metrics', {}, 'client: expected a client, such as createClient returns, got undefined'],
  [
    'logs',
    { client: 'http://localhost' },
    'client: expected a client, such as createClient returns, got "http://localhost"',
  ],
  ['traces', { client, samplr: alwaysOn }, 'samplr: unknown option; did you mean sampler?'],
  ['traces', { client, sampler: 'always_on' }, 'sampler: expected a sampler with shouldSample, got "always_on"'],
  [
    'traces',
    { client, observers: {} },
    'observers: expected a list of objects with onStart or onEnding, got "[object Object]"',
  ],
  [
    'traces',
    { client, processors: [() => true] },
    'processors: expected a list of functions, such as filterSpans returns, got "[object Array]"',
  ],
  [
    'traces',
    { client, spanLimits: { eventCountLimit: -1 } },
    'spanLimits.eventCountLimit: expected a number from 0, got -1',
  ],
  [
    'traces',
    { client, spanLimits: { eventCount: 1 } },
    'spanLimits.eventCount: unknown option; did you mean spanLimits.eventCountLimit?',
  ],
  [
    'logs',
    { client, logRecordLimits: { attributeCountLimit: '9' } },
    'logRecordLimits.attributeCountLimit: expected a number from 0, got "9"',
  ],
  ['logs', { client, loggerConfig: true }, 'loggerConfig: expected a function, got true'],
  ['metrics', { client, views: {} }, 'views: expected a list, got "[object Object]"'],
  ['metrics', { client, interval: 5 }, 'interval: unknown option; did you mean intervalMillis?'],
];

for (const [signal, options, message] of WRONG) {
  test(`${signal}: ${message}`, () => {
    assert.throws(() => make[signal](options), { name: 'OptionError', message });
  });
}

test('accepts valid options', () => {
  const timeline = new Timeline();
  const spanLimits = { attributeValueLengthLimit: Number.POSITIVE_INFINITY };
  new TracerProvider({
    client,
    sampler: alwaysOn,
    observers: [{ onStart() {} }],
    processors: [filterSpans(() => true)],
    spanLimits,
    timeline,
  });
  new LoggerProvider({ client, resource: Promise.resolve({}), loggerConfig: () => ({}), timeline });
  new MeterProvider({
    client,
    readers: [],
    views: [],
    temporality: 'delta',
    exemplarFilter: 'always_on',
    resource: {},
  });
});
