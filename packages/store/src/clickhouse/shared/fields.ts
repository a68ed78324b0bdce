import type { Signal } from '@otelier/otlp';
import { QueryError } from '../../contract.ts';
import { RESOURCE_VALUES, SIGNAL_COLUMNS, VALUES } from '../schema/layout.ts';
import { quoteText } from './quote.ts';

/** The signals whose items have rows. */
export type ItemSignal = Exclude<Signal, 'profiles'>;

/** SQL for the value of a field. */
export interface Place {
  /** Whether the row has the field; `undefined` if all have it. */
  readonly exists: string | undefined;
  /** The value as text: strings unchanged, other values as JSON. Any text if the field is missing. */
  readonly text: string;
  /** The value as a number, or null; `undefined` if it is never a number. */
  readonly number: string | undefined;
  /** Column of texts and key, if the field is an attribute. */
  readonly attribute?: { readonly texts: string; readonly values: string; readonly key: string };
}

/** Returns the place of a field, named as in conditions; `undefined` if no item of the signal has it. */
export function fieldPlace(field: string, signal: ItemSignal): Place | undefined {
  if (field.startsWith('attributes.')) {
    return attributePlace(SIGNAL_COLUMNS[signal].attributes, VALUES, field.slice('attributes.'.length));
  }
  if (field.startsWith('resource.')) {
    return attributePlace('ResourceAttributes', RESOURCE_VALUES, field.slice('resource.'.length));
  }
  const known = FIELDS.get(field);
  if (known === undefined) {
    throw new QueryError(
      `${field}: expected one of ${[...FIELDS.keys()].join(', ')}, attributes.KEY, resource.KEY, got ${JSON.stringify(field)}`,
    );
  }
  return known[signal];
}

function attributePlace(texts: string, values: string, name: string): Place {
  const key = quoteText(name);
  return {
    exists: `mapContains(${texts}, ${key})`,
    text: `if(${values}[${key}] != '', ${values}[${key}], ${texts}[${key}])`,
    number: `toFloat64OrNull(${values}[${key}])`,
    attribute: { texts, values, key },
  };
}

/** Returns SQL for a field as text, and null if it is missing. */
export function optionalText(place: Place | undefined): string {
  if (place === undefined) return 'CAST(NULL AS Nullable(String))';
  return place.exists === undefined
    ? `toNullable(toString(${place.text}))`
    : `if(${place.exists}, ${place.text}, NULL)`;
}

/** SQL for a span kind and a status code as queries name them. */
export const KIND = 'upper(SpanKind)';
export const STATUS = "if(StatusCode = '', 'UNSET', upper(StatusCode))";
/** Negative durations wrap around in the Collector's column. */
export const DURATION = 'toInt64(Duration)';

const always = (text: string, number?: string): Place => ({ exists: undefined, text, number });
const SERVICE = always('ServiceName');
const SCOPE = always('ScopeName');

const FIELDS: ReadonlyMap<string, Readonly<Partial<Record<ItemSignal, Place>>>> = new Map(
  Object.entries({
    name: { traces: always('SpanName'), metrics: always('MetricName') },
    kind: { traces: always(KIND), metrics: always('kind') },
    status: { traces: always(STATUS) },
    duration: { traces: always(`toString(${DURATION})`, DURATION) },
    severity: { logs: always('toString(SeverityNumber)', 'SeverityNumber') },
    body: { logs: always('Body') },
    service: { traces: SERVICE, logs: SERVICE, metrics: SERVICE },
    'event.name': { logs: always('EventName') },
    'scope.name': { traces: SCOPE, logs: SCOPE, metrics: SCOPE },
  }),
);
