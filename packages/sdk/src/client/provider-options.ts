import type { LoggerProviderOptions } from '../logs/logger-provider.ts';
import type { MeterProviderOptions } from '../metrics/meter-provider.ts';
import type { TracerProviderOptions } from '../trace/tracer-provider.ts';
import { expected } from './expected.ts';
import { FUNCTION, has, known, type Names, type NamesOf, OBJECT, RESOURCE } from './known-options.ts';
import { optionError } from './option-error.ts';

const CLIENT = expected('a client, such as createClient returns', (value) =>
  has(value, 'scopeBuffer', 'flush', 'join'),
);
const LIST = expected('a list', Array.isArray);
const OBSERVERS = expected(
  'a list of objects with onStart or onEnding',
  (value) => Array.isArray(value) && value.every((each) => has(each, 'onStart') || has(each, 'onEnding')),
);
const PROCESSORS = expected(
  'a list of functions, such as filterSpans returns',
  (value) => Array.isArray(value) && value.every((each) => has(each, 'rewrite')),
);
const SAMPLER = expected('a sampler with shouldSample', (value) => has(value, 'shouldSample'));
const TIMELINE = expected('a Timeline', (value) => has(value, 'anchor', 'at', 'read'));
const LIMIT = expected('a number from 0', (value) => typeof value === 'number' && value >= 0);

const COMMON = { client: CLIENT, resource: RESOURCE, processors: PROCESSORS, timeline: TIMELINE };

const TRACER_PROVIDER_OPTIONS = {
  ...COMMON,
  sampler: SAMPLER,
  observers: OBSERVERS,
  random: FUNCTION,
  spanLimits: {
    attributeCountLimit: LIMIT,
    attributeValueLengthLimit: LIMIT,
    eventCountLimit: LIMIT,
    linkCountLimit: LIMIT,
    attributePerEventCountLimit: LIMIT,
    attributePerLinkCountLimit: LIMIT,
  } satisfies NamesOf<TracerProviderOptions['spanLimits'] & object>,
} satisfies NamesOf<TracerProviderOptions>;

const LOGGER_PROVIDER_OPTIONS = {
  ...COMMON,
  loggerConfig: FUNCTION,
  environment: OBJECT,
  logRecordLimits: { attributeCountLimit: LIMIT, attributeValueLengthLimit: LIMIT } satisfies NamesOf<
    LoggerProviderOptions['logRecordLimits'] & object
  >,
} satisfies NamesOf<LoggerProviderOptions>;

const METER_PROVIDER_OPTIONS = {
  ...COMMON,
  readers: LIST,
  views: LIST,
  exemplarFilter: true,
  random: FUNCTION,
  environment: OBJECT,
  temporality: true,
  aggregation: FUNCTION,
  intervalMillis: true,
  timeoutMillis: true,
  cardinalityLimit: true,
} satisfies NamesOf<MeterProviderOptions>;

/** Returns tracer provider options if all are valid. Throws an `OptionError` that names the first invalid option. */
export function tracerProviderOptions(options: TracerProviderOptions): TracerProviderOptions {
  return withClient(options, TRACER_PROVIDER_OPTIONS);
}

/** Returns logger provider options if all are valid. Throws as `tracerProviderOptions` does. */
export function loggerProviderOptions(options: LoggerProviderOptions): LoggerProviderOptions {
  return withClient(options, LOGGER_PROVIDER_OPTIONS);
}

/** Returns meter provider options if all are valid. Throws as `tracerProviderOptions` does. */
export function meterProviderOptions(options: MeterProviderOptions): MeterProviderOptions {
  return withClient(options, METER_PROVIDER_OPTIONS);
}

function withClient<T extends { readonly client: object }>(options: T, names: Names): T {
  known(options, names);
  if (options.client === undefined) throw optionError('client', CLIENT.expected, undefined);
  return options;
}
