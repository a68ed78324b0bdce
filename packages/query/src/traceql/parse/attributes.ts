import type { Attribute, AttributeScope, Intrinsic } from './ast.ts';
import type { Cursor } from './cursor.ts';

/** Words that are intrinsics without a scope. */
const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  duration: 'duration',
  name: 'name',
  status: 'status',
  statusMessage: 'statusMessage',
  kind: 'kind',
  parent: 'parent',
  rootName: 'rootName',
  rootServiceName: 'rootServiceName',
  traceDuration: 'traceDuration',
  nestedSetLeft: 'nestedSetLeft',
  nestedSetRight: 'nestedSetRight',
  nestedSetParent: 'nestedSetParent',
};

/** Intrinsics by scope. */
const SCOPED: Readonly<Record<string, Readonly<Record<string, Intrinsic>>>> = {
  'trace:': { duration: 'traceDuration', rootName: 'rootName', rootService: 'rootServiceName', id: 'trace:id' },
  'span:': {
    duration: 'duration',
    name: 'name',
    kind: 'kind',
    status: 'status',
    statusMessage: 'statusMessage',
    id: 'span:id',
    parentID: 'span:parentID',
    childCount: 'span:childCount',
  },
  'event:': { name: 'event:name', timeSinceStart: 'event:timeSinceStart' },
  'link:': { traceID: 'link:traceID', spanID: 'link:spanID' },
  'instrumentation:': { name: 'instrumentation:name', version: 'instrumentation:version' },
};

const SCOPES: Readonly<Record<string, AttributeScope>> = {
  '.': 'none',
  'span.': 'span',
  'resource.': 'resource',
  'event.': 'event',
  'link.': 'link',
  'instrumentation.': 'instrumentation',
};

/** Returns the intrinsic as an attribute. */
export function intrinsicAttribute(intrinsic: Intrinsic): Attribute {
  return { kind: 'attribute', scope: 'none', parent: false, name: intrinsic, intrinsic };
}

/** Returns the attribute of a scope. */
export function scopedAttribute(scope: AttributeScope, name: string, parent = false): Attribute {
  return { kind: 'attribute', scope, parent, name, intrinsic: undefined };
}

/** Parses an attribute or intrinsic, or returns `undefined` if there is none. */
export function parseAttribute(cursor: Cursor): Attribute | undefined {
  const { token } = cursor;
  if (token.kind === 'keyword') {
    const intrinsic = Object.hasOwn(INTRINSICS, token.text) ? INTRINSICS[token.text] : undefined;
    if (intrinsic === undefined) return undefined;
    cursor.take();
    return intrinsicAttribute(intrinsic);
  }
  if (token.kind === 'scope' && token.text.endsWith(':')) {
    cursor.take();
    const names = SCOPED[token.text] ?? {};
    const { text } = cursor.token;
    const intrinsic = cursor.token.kind === 'keyword' && Object.hasOwn(names, text) ? names[text] : undefined;
    if (intrinsic === undefined) throw cursor.unexpected(Object.keys(names).join(' or '));
    cursor.take();
    return intrinsicAttribute(intrinsic);
  }
  if (cursor.is('parent.')) {
    cursor.take();
    const inner = cursor.token.kind === 'scope' ? cursor.take().text : '.';
    return scopedAttribute(SCOPES[inner] ?? 'none', nameOf(cursor), true);
  }
  if (token.kind !== 'scope' && !cursor.is('.')) return undefined;
  cursor.take();
  return scopedAttribute(SCOPES[token.text] ?? 'none', nameOf(cursor));
}

/** Parses a list of at least one attribute. */
export function parseAttributeList(cursor: Cursor): readonly Attribute[] {
  const attributes: Attribute[] = [];
  do {
    const attribute = parseAttribute(cursor);
    if (attribute === undefined) throw cursor.unexpected();
    attributes.push(attribute);
  } while (cursor.skip(','));
  return attributes;
}

function nameOf(cursor: Cursor): string {
  if (cursor.token.kind !== 'attribute') throw cursor.unexpected('IDENTIFIER');
  return cursor.take().text;
}
