import { MESSAGES, type MessageDescriptor, SIGNALS, type Signal } from '@otelier/otlp';
import { isEmptyValue, type Tree } from '../../../config/tree.ts';
import { requestMessage } from '../telemetry/item.ts';
import { ABSENT, Group, isList, type Value } from '../telemetry/value.ts';
import { fieldOf } from '../telemetry/write-json.ts';

/**
 * Marks the fields of an expected item that a test file lists without a value (`http.route:`), or with the default of the
 * protocol (`kind: 0`), as absent: the protocol does not encode them.
 */
export function withAbsentFields(signal: Signal, fields: Group, tree: Tree): Group {
  const { resourceField, scopeField, itemField, points } = SIGNALS[signal];
  const item = [resourceField, scopeField, itemField].reduce(innerMessage, requestMessage(signal));
  if (points === undefined) return marked(fields, tree, item);
  // The item is a data point, and what the test file lists is its metric.
  const metric = fields.entries.get('metric');
  const outer = marked(
    fields,
    only(tree, (key) => OUTER[key] !== undefined),
    item,
  );
  if (!(metric instanceof Group)) return outer;
  const inner = marked(
    metric,
    only(tree, (key) => OUTER[key] === undefined),
    item,
  );
  return new Group('fields', [...outer.entries, ['metric', inner]]);
}

/** Returns a mapping with some of its keys. */
function only(tree: Tree, isKept: (key: string) => boolean): Tree {
  if (tree.kind !== 'map') return tree;
  return { ...tree, entries: new Map([...tree.entries].filter(([key]) => isKept(key))) };
}

function innerMessage(message: MessageDescriptor, number: number): MessageDescriptor {
  const field = message.byNumber.get(number);
  return field?.kind === 'message' ? MESSAGES[field.message] : message;
}

const OUTER: Readonly<Record<string, MessageDescriptor>> = {
  resource: MESSAGES.Resource,
  scope: MESSAGES.InstrumentationScope,
};

/** `message` is `undefined` for attributes, whose keys are the names of the user. */
function marked(group: Group, tree: Tree, message: MessageDescriptor | undefined): Group {
  if (tree.kind !== 'map') return group;
  const entries = new Map(group.entries);
  for (const [key, value] of tree.entries) {
    const field = message === undefined ? ATTRIBUTE : fieldIn(message, key);
    if (field === undefined) continue;
    const name = field.name ?? key;
    const current = entries.get(name);
    if (!entries.has(name)) entries.set(name, absentOf(value, field.isKeys));
    else if (current instanceof Group) entries.set(name, marked(current, value, field.message));
    else if (isList(current)) entries.set(name, markedList(current, value, field.message));
  }
  return new Group(group.kind, entries);
}

interface MarkedField {
  /** Name in the item. Default: the key. */
  readonly name: string | undefined;
  /** The message in the field; `undefined` if it has keys of the user, or a single value. */
  readonly message: MessageDescriptor | undefined;
  readonly isKeys: boolean;
}

const ATTRIBUTE: MarkedField = { name: undefined, message: undefined, isKeys: false };

function fieldIn(message: MessageDescriptor, key: string): MarkedField | undefined {
  const outer = OUTER[key];
  if (outer !== undefined) return { name: key, message: outer, isKeys: false };
  const field = fieldOf(message, key);
  // Data points are items of their own, with their metric as a field.
  if (field === undefined || field.oneof === 'data') return undefined;
  const isKeys = field.kind === 'message' && field.message === 'KeyValue';
  return {
    name: field.name,
    message: field.kind === 'message' && !isKeys ? MESSAGES[field.message] : undefined,
    isKeys,
  };
}

function markedList(list: readonly Value[], tree: Tree, message: MessageDescriptor | undefined): readonly Value[] {
  if (tree.kind !== 'list' || tree.items.length !== list.length || message === undefined) return list;
  return list.map((value, index) => {
    const item = tree.items[index];
    return value instanceof Group && item !== undefined ? marked(value, item, message) : value;
  });
}

/** Returns the value of a field that is not encoded: its attributes are absent, or all of it. */
function absentOf(tree: Tree, isKeys: boolean): Value {
  if (!isKeys || isEmptyValue(tree) || tree.kind !== 'map' || tree.entries.size === 0) return ABSENT;
  return new Group(
    'keys',
    [...tree.entries.keys()].map((key) => [key, ABSENT]),
  );
}
