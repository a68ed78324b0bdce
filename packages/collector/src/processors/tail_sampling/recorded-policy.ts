import {
  encodeKey,
  FoundAttribute,
  findAttribute,
  findField,
  payloadEnd,
  payloadStart,
  SCOPE_FIELDS,
  TrustedReader,
  WireWriter,
} from '@otelier/otlp';

/** The attributes added to the scope of sampled spans. */
export interface RecordedPolicy {
  readonly policy: string | undefined;
  readonly compositePolicy: string | undefined;
  readonly isCached: boolean;
}

/** Writes the fields of a `ScopeSpans` except its spans, with the attributes added to its scope. */
export function writeScope(
  writer: WireWriter,
  bytes: Uint8Array,
  groupStart: number,
  groupEnd: number,
  recorded: RecordedPolicy,
): void {
  const value = findField(bytes, groupStart, groupEnd, SCOPE_FIELD);
  const start = value < 0 ? groupStart : payloadStart(bytes, value);
  const end = value < 0 ? groupStart : payloadEnd(bytes, value);
  const attributes = attributesOf(recorded);
  writer.open(SCOPE_FIELD);
  copyScope(writer, bytes, start, end, attributes);
  for (const { field } of attributes) writer.raw(field);
  writer.close();
  const reader = new TrustedReader(bytes, groupStart, groupEnd);
  while (reader.next())
    if (reader.field !== SCOPE_FIELD && reader.field !== SPANS_FIELD) writer.raw(bytes, reader.start, reader.end);
}

interface Attribute {
  readonly key: Uint8Array;
  /** The encoded attribute, including its tag. */
  readonly field: Uint8Array;
}

function attributesOf({ policy, compositePolicy, isCached }: RecordedPolicy): Attribute[] {
  const attributes: Attribute[] = [];
  if (policy !== undefined) attributes.push(attribute('tailsampling.policy', policy));
  if (compositePolicy !== undefined) attributes.push(attribute('tailsampling.composite_policy', compositePolicy));
  if (isCached) attributes.push(attribute('tailsampling.cached_decision', true));
  return attributes;
}

function attribute(key: string, value: string | true): Attribute {
  const writer = new WireWriter(64);
  writer.message(SCOPE_FIELDS.attributes, (entry) => {
    entry.stringField(1, key).message(2, (content) => {
      if (value === true) content.varintField(2, 1);
      else content.stringField(1, value);
    });
  });
  return { key: encodeKey(key), field: writer.finish() };
}

/** Copies the fields of a scope, except the attributes that are replaced. */
function copyScope(
  writer: WireWriter,
  bytes: Uint8Array,
  start: number,
  end: number,
  attributes: readonly Attribute[],
): void {
  const reader = new TrustedReader(bytes, start, end);
  while (reader.next()) {
    const isReplaced =
      reader.field === SCOPE_FIELDS.attributes &&
      attributes.some(({ key }) => findAttribute(bytes, reader.start, reader.end, SCOPE_FIELDS.attributes, key, found));
    if (!isReplaced) writer.raw(bytes, reader.start, reader.end);
  }
}

const found = new FoundAttribute();

const SCOPE_FIELD = 1;
const SPANS_FIELD = 2;
