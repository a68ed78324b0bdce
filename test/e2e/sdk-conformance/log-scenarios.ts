import { type LogRecord, ROOT_CONTEXT, SeverityNumber, TraceFlags, trace } from '@opentelemetry/api';
import type { Sdk } from './sdks.ts';

const at = (millis: number): [number, number] => [1_800_000_000, millis * 1e6];

function emit(sdk: Sdk, records: readonly LogRecord[], options?: Parameters<Sdk['loggers']>[0]): void {
  const logger = sdk.loggers(options).getLogger('app');
  for (const record of records) logger.emit({ context: ROOT_CONTEXT, timestamp: at(0), ...record });
}

/** Small programs that use the logs API. */
export const LOG_SCENARIOS: Readonly<Record<string, (sdk: Sdk) => void>> = {
  severities(sdk) {
    const numbers = Object.values(SeverityNumber).filter((value) => typeof value === 'number');
    emit(sdk, [
      ...numbers.map((severityNumber) => ({ severityNumber, body: `severity ${severityNumber}` })),
      { severityNumber: SeverityNumber.WARN, severityText: 'warning', body: 'with a text' },
      { severityText: 'loud', body: 'text alone' },
    ]);
  },

  bodies(sdk) {
    emit(sdk, [
      { eventName: 'text', body: 'grün ✓' },
      { eventName: 'text empty', body: '' },
      { eventName: 'number', body: 7 },
      { eventName: 'double', body: 0.5 },
      { eventName: 'flag', body: false },
      { eventName: 'null', body: null },
      { eventName: 'none' },
      { eventName: 'list', body: ['a', 1, [true, null], { deep: 'x' }] },
      { eventName: 'list empty', body: [] },
      { eventName: 'map', body: { a: 1, b: { c: [0.5] }, none: undefined } },
      { eventName: 'map empty', body: {} },
      { eventName: 'bytes', body: new Uint8Array([0, 1, 255]) },
    ]);
  },

  'attributes of every kind'(sdk) {
    const attributes = {
      text: 'x',
      integer: -7,
      double: 0.5,
      yes: true,
      list: ['a', 1],
      'list empty': [],
      map: { a: { b: [1] } },
      'map empty': {},
      bytes: new Uint8Array([1]),
      null: null,
      nothing: undefined,
      function: () => {},
      big: 1n,
      date: new Date(0),
      '': 'without a key',
    };
    for (const [key, value] of Object.entries(attributes)) {
      emit(sdk, [{ body: `attribute ${key}`, attributes: { [key]: value } }]);
    }
  },

  times(sdk) {
    const logger = sdk.loggers().getLogger('app');
    logger.emit({ body: 'now' });
    logger.emit({ body: 'observed', observedTimestamp: at(5) });
    logger.emit({ body: 'both', timestamp: at(1), observedTimestamp: at(5) });
    logger.emit({ body: 'millis', timestamp: 1_800_000_000_000.5 });
    logger.emit({ body: 'date', timestamp: new Date(1_800_000_000_001) });
    logger.emit({ body: 'zero', timestamp: 0 });
  },

  'spans around records'(sdk) {
    const span = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), traceFlags: TraceFlags.SAMPLED };
    const within = (context: typeof span) => trace.setSpanContext(ROOT_CONTEXT, context);
    emit(sdk, [
      { body: 'sampled', context: within(span) },
      { body: 'not sampled', context: within({ ...span, traceFlags: TraceFlags.NONE }) },
      { body: 'invalid', context: within({ ...span, traceId: '0'.repeat(32) }) },
    ]);
  },

  exceptions(sdk) {
    const stack = 'RangeError: too far\n    at cart.js:1:1';
    const error = Object.assign(new RangeError('too far'), { stack });
    emit(sdk, [
      { body: 'error', exception: error },
      { body: 'with a code', exception: { code: 'ENOENT', message: 'no such file' } },
      { body: 'text', exception: 'text alone' },
      { body: 'set already', exception: error, attributes: { 'exception.type': 'Mine', more: 1 } },
      { body: 'empty', exception: {} },
    ]);
  },

  limits(sdk) {
    const attributes = { a: 'too long', b: ['too long'], c: { deep: 'too long' }, d: 1 };
    const bytes = { bytes: new Uint8Array([1, 2, 3, 4, 5]) };
    emit(
      sdk,
      [
        { body: 'limited, with a body too long', attributes },
        { body: 'bytes', attributes: bytes },
        { body: 'exception', attributes: { a: 1, b: 2 }, exception: { name: 'E', message: 'too long', stack: 's' } },
      ],
      { logRecordLimits: { attributeCountLimit: 3, attributeValueLengthLimit: 4 } },
    );
    const many = Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`key ${i}`, i]));
    sdk
      .loggers()
      .getLogger('by default')
      .emit({ body: 'many', attributes: many, timestamp: at(0) });
  },

  'loggers of several scopes'(sdk) {
    const provider = sdk.loggers({ resource: { 'service.name': 'shop', list: [1, 2] } });
    const loggers = [
      provider.getLogger('bare'),
      provider.getLogger('versioned', '1.2.3'),
      provider.getLogger('whole', '1', { schemaUrl: 'https://example.com/1', attributes: { kind: 'a', n: 1 } }),
    ];
    for (const logger of loggers) logger.emit({ body: 'one', timestamp: at(0), eventName: 'named' });
  },
};
