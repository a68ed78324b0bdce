import { LogRecordView, ResourceView, type Signal, SpanView } from '@otelier/otlp';
import { createMask, DEFAULT_MASK } from '../graph/tap/mask.ts';
import type { ItemBytes } from './trails.ts';

/** What a report shows of an item. */
export interface ItemDescription {
  readonly timeMillis: number;
  readonly service: string;
  /** Name of a span, or the beginning of a log record's text. */
  readonly name: string;
}

/** Values by field: attributes, those of the resource with the prefix `resource.`, and the fields with a text. */
type Fields = ReadonlyMap<string, string>;

/** A value that differs between two versions of an item. */
export interface FieldChange {
  readonly key: string;
  readonly before?: string;
  readonly after?: string;
}

const MAX_TEXT = 120;
const MAX_CHANGES = 12;

interface Reader {
  describe(item: ItemBytes): Omit<ItemDescription, 'service'>;
  fields(item: ItemBytes): readonly (readonly [string, unknown])[];
}

const READERS: Partial<Readonly<Record<Signal, Reader>>> = {
  traces: {
    describe: (item) => {
      const span = spanOf(item);
      return { timeMillis: Number(span.startTimeUnixNano / 1_000_000n), name: span.name };
    },
    fields: (item) => {
      const span = spanOf(item);
      return [['name', span.name], ['status', span.statusMessage], ...span.attributes.entries()];
    },
  },
  logs: {
    describe: (item) => {
      const record = recordOf(item);
      const nanos = record.timeUnixNano || record.observedTimeUnixNano;
      return { timeMillis: Number(nanos / 1_000_000n), name: textOf(record.body) };
    },
    fields: (item) => {
      const record = recordOf(item);
      return [['body', record.body], ['severity', record.severityText], ...record.attributes.entries()];
    },
  },
};

/** Describes an item; `undefined` if items of its signal are not described. */
export function describedItem(signal: string, item: ItemBytes): ItemDescription | undefined {
  const reader = READERS[signal as Signal];
  if (reader === undefined) return undefined;
  const { name, ...rest } = reader.describe(item);
  const service = resourceOf(item).attributes.get('service.name');
  return { ...rest, name: shortened(name), service: typeof service === 'string' ? service : '' };
}

/** Returns the values that differ between two versions of an item, masked as those of a tap are. */
export function differencesOf(signal: string, before: ItemBytes, after: ItemBytes): readonly FieldChange[] {
  const [a, b] = [fieldsOf(signal, before), fieldsOf(signal, after)];
  const keys = new Set([...a.keys(), ...b.keys()]);
  return [...keys]
    .filter((key) => a.get(key) !== b.get(key))
    .slice(0, MAX_CHANGES)
    .map((key) => {
      const [was, is] = [a.get(key), b.get(key)];
      return {
        key: shortened(key),
        ...(was !== undefined && { before: masked(key, was) }),
        ...(is !== undefined && { after: masked(key, is) }),
      };
    });
}

function fieldsOf(signal: string, item: ItemBytes): Fields {
  const own = READERS[signal as Signal]?.fields(item) ?? [];
  const resource = resourceOf(item)
    .attributes.entries()
    .map(([key, value]) => [`resource.${key}`, value] as const);
  return new Map([...own, ...resource].map(([key, value]) => [key, textOf(value)]));
}

const mask = createMask(DEFAULT_MASK);

function masked(key: string, value: string): string {
  const { value: shown } = mask({ key, value }) as { readonly value: unknown };
  return shown === value ? shortened(value) : '***';
}

function spanOf({ bytes, start, end }: ItemBytes): SpanView {
  return new SpanView().reset(bytes, start, end);
}

function recordOf({ bytes, start, end }: ItemBytes): LogRecordView {
  return new LogRecordView().reset(bytes, start, end);
}

function resourceOf({ bytes, resourceStart, resourceEnd }: ItemBytes): ResourceView {
  return new ResourceView().reset(bytes, resourceStart, resourceEnd);
}

function textOf(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part)) ?? '';
}

function shortened(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text;
}
