import { TagWriter } from '@otelier/otlp';
import type { Attributes } from '../attributes/attribute-list.ts';
import type { AttributeValue } from '../attributes/attribute-value.ts';
import { requestHeader } from '../delivery/envelope.ts';
import { type Scope, scopeKey } from '../scope.ts';
import type { AttributeData } from '../wire/attributes.ts';
import { encodeResource, encodeScope } from '../wire/resource-and-scope.ts';

/** An opentelemetry-js resource. */
export interface OfficialResource {
  readonly attributes: Attributes;
  readonly schemaUrl?: string | undefined;
}

/** Telemetry with its resource and scope. */
export interface Grouped {
  readonly resource: OfficialResource;
  readonly instrumentationScope: Scope;
}

/** Converts opentelemetry-js attributes, which have already been validated and copied. */
export function attributeData(attributes: Attributes | undefined, droppedCount: number | undefined): AttributeData {
  return {
    keys: Object.keys(attributes ?? {}),
    values: Object.values(attributes ?? {}) as readonly AttributeValue[],
    droppedCount: droppedCount ?? 0,
  };
}

/** Encodes items as a request in parts: one header and one body per resource and scope. */
export function encodeGroups<T extends Grouped>(
  items: readonly T[],
  write: (writer: TagWriter, item: T) => void,
): readonly Uint8Array[] {
  const groups = new Map<OfficialResource, Map<string, Group>>();
  for (const item of items) {
    const scope = item.instrumentationScope;
    const scopes = groups.get(item.resource) ?? new Map<string, Group>();
    groups.set(item.resource, scopes);
    const key = scopeKey(scope);
    const group = scopes.get(key) ?? { scope, writer: new TagWriter() };
    scopes.set(key, group);
    write(group.writer, item);
  }
  return [...groups].flatMap(([{ attributes, schemaUrl }, scopes]) => {
    const resource = encodeResource(attributeData(attributes, 0), schemaUrl);
    return [...scopes.values()].flatMap(({ scope, writer }) => {
      const data = scope.attributes && attributeData(scope.attributes, 0);
      const body = writer.finish();
      return [
        requestHeader(resource, encodeScope(scope.name, scope.version, scope.schemaUrl, data), body.length),
        body,
      ];
    });
  });
}

/** The encoded items of one scope. */
interface Group {
  readonly scope: Scope;
  readonly writer: TagWriter;
}
