import { LOG_RECORD_FIELDS, RESOURCE_FIELDS, SCOPE_FIELDS, WireWriter } from '@otelier/otlp';
import { encodeMap, writeMap, writeValue } from '../ottl/values/codec.ts';
import type { Entry } from './entry/entry.ts';
import { severityName } from './record/severity.ts';

/** Field numbers of `ResourceLogs` and `ScopeLogs`, which a request contains. */
const GROUP = { groups: 1, entity: 1, members: 2 } as const;

/** Entries of one resource and scope, encoded. */
interface ScopeGroup {
  readonly scope: Uint8Array;
  readonly records: WireWriter;
}

interface ResourceGroup {
  readonly resource: Uint8Array;
  readonly scopes: Map<string, ScopeGroup>;
}

/** Encodes entries as an export request, grouped by resource and scope. */
export function encodeEntries(entries: readonly Entry[]): Uint8Array {
  // A failed call may have left something.
  OUTER.reset();
  SHARED.reset();
  const groups = new Map<string, ResourceGroup>();
  for (const entry of entries) writeRecord(scopeOf(resourceOf(groups, entry), entry).records, entry);
  const writer = OUTER;
  for (const { resource, scopes } of groups.values()) {
    writer.open(GROUP.groups);
    writer.bytesField(GROUP.entity, resource);
    for (const { scope, records } of scopes.values()) {
      writer.open(GROUP.members);
      writer.bytesField(GROUP.entity, scope);
      writer.raw(records.finish());
      writer.close();
    }
    writer.close();
  }
  return writer.finish();
}

/** Encodes a record with its tag and length, as `ScopeLogs` contains it. */
export function encodeEntry(entry: Entry): Uint8Array {
  OUTER.reset();
  writeRecord(OUTER, entry);
  return OUTER.finish();
}

const OUTER = new WireWriter(1024);
const SHARED = new WireWriter(4096);

/** Returns the writer of the most common group, which keeps its memory, or a new one if it is used. */
function takeShared(): WireWriter {
  return SHARED.length === 0 ? SHARED : new WireWriter(4096);
}

function resourceOf(groups: Map<string, ResourceGroup>, { resource }: Entry): ResourceGroup {
  const isEmpty = resource === undefined || resource.size === 0;
  const encoded = isEmpty ? EMPTY : encodeMap(resource, RESOURCE_FIELDS.attributes);
  const key = isEmpty ? '' : Buffer.from(encoded.buffer).toString('latin1');
  const known = groups.get(key);
  if (known !== undefined) return known;
  const group = { resource: encoded, scopes: new Map() };
  groups.set(key, group);
  return group;
}

const EMPTY = new Uint8Array();

function scopeOf({ scopes }: ResourceGroup, { scopeName, scopeAttributes }: Entry): ScopeGroup {
  const attributes = scopeAttributes && encodeMap(scopeAttributes, SCOPE_FIELDS.attributes);
  const key =
    attributes === undefined ? scopeName : `${scopeName}\0${Buffer.from(attributes.buffer).toString('latin1')}`;
  const known = scopes.get(key);
  if (known !== undefined) return known;
  const records = scopes.size === 0 && key === '' ? takeShared() : new WireWriter(4096);
  const scope = { scope: encodeScope(scopeName, attributes), records };
  scopes.set(key, scope);
  return scope;
}

function encodeScope(name: string, attributes: Uint8Array | undefined): Uint8Array {
  if (name === '' && attributes === undefined) return EMPTY;
  const writer = new WireWriter(64);
  if (name !== '') writer.stringField(SCOPE_FIELDS.name, name);
  if (attributes !== undefined) writer.raw(attributes);
  return writer.finish();
}

function writeRecord(writer: WireWriter, entry: Entry): void {
  writer.open(GROUP.members);
  if (entry.timeNanos !== undefined) writer.fixed64Field(LOG_RECORD_FIELDS.timeUnixNano, entry.timeNanos);
  if (entry.severityNumber > 0) writer.varintField(LOG_RECORD_FIELDS.severityNumber, entry.severityNumber);
  const text =
    entry.severityText === '' && entry.severityNumber > 0 ? severityName(entry.severityNumber) : entry.severityText;
  if (text !== '') writer.stringField(LOG_RECORD_FIELDS.severityText, text);
  if (entry.body !== undefined) {
    writer.open(LOG_RECORD_FIELDS.body);
    writeValue(writer, entry.body);
    writer.close();
  }
  if (entry.attributes !== undefined) writeMap(writer, entry.attributes, LOG_RECORD_FIELDS.attributes);
  if (entry.traceFlags > 0) writer.fixed32Field(LOG_RECORD_FIELDS.flags, entry.traceFlags);
  if (isSet(entry.traceId)) writer.bytesField(LOG_RECORD_FIELDS.traceId, entry.traceId);
  if (isSet(entry.spanId)) writer.bytesField(LOG_RECORD_FIELDS.spanId, entry.spanId);
  writer.fixed64Field(LOG_RECORD_FIELDS.observedTimeUnixNano, entry.observedNanos);
  writer.close();
}

/** An ID of zeros is none. */
function isSet(id: Uint8Array | undefined): id is Uint8Array {
  return id?.some((byte) => byte !== 0) ?? false;
}
