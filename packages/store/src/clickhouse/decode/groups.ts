import {
  findField,
  payloadEnd,
  payloadStart,
  RESOURCE_FIELDS,
  ResourceView,
  SCOPE_FIELDS,
  ScopeView,
} from '@otelier/otlp';
import type { RecordedAttributes } from '../../spans.ts';
import type { Attributes } from '../../values.ts';
import { attributesIn, recordedIn } from './attributes.ts';

/** A decoded resource. */
export interface ResourceParts {
  readonly service: string;
  readonly attributes: Attributes;
  readonly recorded: RecordedAttributes;
}

/** A decoded scope. */
export interface ScopeParts {
  readonly name: string;
  readonly version: string;
  readonly recorded: RecordedAttributes;
}

/** Decodes resources and scopes of rows, equal ones once. */
export class GroupReader {
  readonly #resources = new Map<string, ResourceParts>();
  readonly #scopes = new Map<string, ScopeParts>();

  /** Returns the resource in the fields of its group, in hexadecimal. */
  resource(hex: string): ResourceParts {
    return kept(this.#resources, hex, () => {
      const view = new ResourceView().reset(...firstField(hex));
      const attributes = attributesIn(view, RESOURCE_FIELDS.attributes);
      const service = attributes['service.name'];
      return {
        service: typeof service === 'string' ? service : '',
        attributes,
        recorded: recordedIn(view, RESOURCE_FIELDS.attributes),
      };
    });
  }

  scope(hex: string): ScopeParts {
    return kept(this.#scopes, hex, () => {
      const view = new ScopeView().reset(...firstField(hex));
      return { name: view.name, version: view.version, recorded: recordedIn(view, SCOPE_FIELDS.attributes) };
    });
  }
}

const MAX_KEPT = 10_000;

function kept<T>(known: Map<string, T>, hex: string, read: () => T): T {
  let found = known.get(hex);
  if (found === undefined) {
    found = read();
    if (known.size >= MAX_KEPT) known.clear();
    known.set(hex, found);
  }
  return found;
}

/** Returns the message in the first field of a group: the resource or the scope. */
function firstField(hex: string): [bytes: Uint8Array, start: number, end: number] {
  const bytes = bytesOf(hex);
  const at = findField(bytes, 0, bytes.length, 1);
  return at < 0 ? [bytes, 0, 0] : [bytes, payloadStart(bytes, at), payloadEnd(bytes, at)];
}

/** Returns bytes that ClickHouse returned as hexadecimal digits. */
export function bytesOf(hex: unknown): Uint8Array {
  return typeof hex === 'string' ? Buffer.from(hex, 'hex') : new Uint8Array();
}
