import {
  DATA_POINT_FIELDS,
  forEachPayload,
  type ItemCursor,
  LOG_RECORD_FIELDS,
  metricKindOf,
  payloadEnd,
  payloadStart,
  RESOURCE_FIELDS,
  readString,
  SPAN_EVENT_FIELDS,
  SPAN_FIELDS,
  type Splices,
} from '@otelier/otlp';
import { bytesField, stringField } from '../../ottl/record/encode.ts';
import { MessageRecord } from '../../ottl/record/message-record.ts';
import { type Attributes, hasAnyKey, readAttributes, renameAttributes, writeAttributes } from './renamer.ts';
import type { AttributeRenaming, Change, Step } from './steps.ts';

/**
 * Applies the steps of a translation to messages. `onConflict` is called for a message in which an attribute has both
 * the old and the new name of a renaming, with different values: the remaining changes are not applied to it.
 */
export class SchemaChanger {
  readonly #steps: readonly Step[];
  readonly #onConflict: () => void;
  /** The keys in all renamings, so that other messages need not be decoded. */
  readonly #keys: ReadonlySet<string>;
  readonly #resourceRenamings: readonly AttributeRenaming[];
  readonly #logRenamings: readonly AttributeRenaming[];
  readonly #renamesEvents: boolean;
  readonly #record = new MessageRecord();
  readonly #event = new MessageRecord();
  /** The name of the current metric before each metric change. */
  #metricNames: readonly string[] = [];

  constructor(steps: readonly Step[], onConflict: () => void) {
    this.#steps = steps;
    this.#onConflict = onConflict;
    this.#resourceRenamings = steps.flatMap((step) => inOrder(step, step.resources));
    this.#logRenamings = steps.flatMap((step) => inOrder(step, step.logs));
    this.#renamesEvents = steps.some(({ spanEvents }) => spanEvents.some(isNameChange));
    const conditional = steps.flatMap(({ spans, spanEvents, metrics }) =>
      [...spans, ...spanEvents, ...metrics].flatMap((change) =>
        change.kind === 'attributes' ? [change.renaming] : [],
      ),
    );
    const all = [...this.#resourceRenamings, ...this.#logRenamings, ...conditional];
    this.#keys = new Set(all.flatMap(({ names }) => [...names.keys()]));
  }

  /** Returns the changed resource, or `undefined` if nothing changes. */
  resource({ bytes, resourceStart, resourceEnd }: ItemCursor): Uint8Array | undefined {
    const record = this.#record.reset(bytes, resourceStart, resourceEnd);
    this.#rename(record, RESOURCE_FIELDS.attributes, () => this.#resourceRenamings);
    return record.isChanged ? record.apply() : undefined;
  }

  logRecord({ bytes, start, end, splices }: ItemCursor): void {
    const record = this.#record.reset(bytes, start, end);
    this.#rename(record, LOG_RECORD_FIELDS.attributes, () => this.#logRenamings);
    record.record(splices);
  }

  /**
   * Determines a metric's names at each step, on which the changes to its points depend. Returns the new name if it
   * changes.
   */
  metric(name: string): string | undefined {
    const names: string[] = [];
    let current = name;
    for (const { metrics } of this.#steps) {
      for (const change of metrics) {
        names.push(current);
        if (change.kind === 'name') current = change.names.get(current) ?? current;
      }
    }
    this.#metricNames = names;
    return current === name ? undefined : current;
  }

  dataPoint({ bytes, start, end, dataField, splices }: ItemCursor): void {
    const field = DATA_POINT_FIELDS[metricKindOf(dataField) ?? 'gauge'].attributes;
    const record = this.#record.reset(bytes, start, end);
    this.#rename(record, field, () => {
      let at = 0;
      return this.#steps.flatMap((step) => {
        const own = step.metrics.flatMap((change) => {
          const name = this.#metricNames[at++] ?? '';
          return change.kind === 'attributes' && applies(change.renaming.of, name) ? [change.renaming] : [];
        });
        return inOrder(step, own);
      });
    });
    record.record(splices);
  }

  span({ bytes, start, end, splices }: ItemCursor): void {
    const record = this.#record.reset(bytes, start, end);
    const original = textOf(record, SPAN_FIELDS.name);
    const { name, namesBefore, renamings } = this.#spanChanges(original);
    if (name !== original) record.put(SPAN_FIELDS.name, stringField(SPAN_FIELDS.name, name));
    this.#rename(record, SPAN_FIELDS.attributes, () => renamings);
    record.record(splices);
    forEachPayload(bytes, start, end, SPAN_FIELDS.events, (from, to, fieldStart) => {
      this.#spanEvent(bytes, from, to, namesBefore, fieldStart, splices);
    });
  }

  /** Returns the changes to a span, and its names at the time of the event changes in each step. */
  #spanChanges(original: string) {
    const namesBefore: string[] = [];
    const renamings: AttributeRenaming[] = [];
    let name = original;
    for (const step of this.#steps) {
      // Events are changed after their span, or before it when changes are reverted.
      if (step.direction === 'revert') namesBefore.push(name);
      const own: AttributeRenaming[] = [];
      for (const change of step.spans) {
        if (change.kind === 'name') name = change.names.get(name) ?? name;
        else if (applies(change.renaming.of, name)) own.push(change.renaming);
      }
      if (step.direction === 'apply') namesBefore.push(name);
      renamings.push(...inOrder(step, own));
    }
    return { name, namesBefore, renamings };
  }

  #spanEvent(
    bytes: Uint8Array,
    start: number,
    end: number,
    spanNames: readonly string[],
    fieldStart: number,
    splices: Splices,
  ): void {
    const event = this.#event.reset(bytes, start, end);
    const hasKeys = hasAnyKey(bytes, start, end, SPAN_EVENT_FIELDS.attributes, this.#keys);
    if (!hasKeys && !this.#renamesEvents) return;
    const original = textOf(event, SPAN_EVENT_FIELDS.name);
    let name = original;
    const renamings = this.#steps.flatMap((step, index) => {
      const own: AttributeRenaming[] = [];
      for (const change of step.spanEvents) {
        if (change.kind === 'name') name = change.names.get(name) ?? name;
        else if (appliesToEvent(change, spanNames[index] ?? '', name)) own.push(change.renaming);
      }
      return inOrder(step, own);
    });
    if (name !== original) event.put(SPAN_EVENT_FIELDS.name, stringField(SPAN_EVENT_FIELDS.name, name));
    this.#rename(event, SPAN_EVENT_FIELDS.attributes, () => renamings);
    if (event.isChanged) splices.replace(fieldStart, end, bytesField(SPAN_FIELDS.events, event.apply()));
  }

  #rename(record: MessageRecord, field: number, renamingsOf: () => readonly AttributeRenaming[]): void {
    const { bytes, start, end } = record;
    if (!hasAnyKey(bytes, start, end, field, this.#keys)) return;
    const before = readAttributes(bytes, start, end, field);
    let attributes: Attributes = before;
    for (const renaming of renamingsOf()) {
      const renamed = renameAttributes(attributes, renaming);
      ({ attributes } = renamed);
      if (!renamed.hasConflict) continue;
      this.#onConflict();
      break;
    }
    record.putAll(field, writeAttributes(attributes, field));
  }
}

/** Orders changes: those that apply to all attributes come first, or last when changes are reverted. */
function inOrder({ direction, all }: Step, own: readonly AttributeRenaming[]): AttributeRenaming[] {
  return direction === 'apply' ? [...all, ...own] : [...own, ...all];
}

function isNameChange({ kind }: Change): boolean {
  return kind === 'name';
}

/** Reports whether a condition matches a name; an empty condition matches every name. */
function applies(names: ReadonlySet<string>, name: string): boolean {
  return names.size === 0 || names.has(name);
}

function appliesToEvent(
  { renaming }: Extract<Change, { kind: 'attributes' }>,
  spanName: string,
  eventName: string,
): boolean {
  return applies(renaming.of, spanName) && applies(renaming.ofEvents, eventName);
}

function textOf(record: MessageRecord, field: number): string {
  const value = record.find(field);
  const { source } = record;
  return value < 0 ? '' : readString(source, payloadStart(source, value), payloadEnd(source, value));
}
