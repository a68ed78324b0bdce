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
import { rebuild } from './rebuild.ts';

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

  /** Returns the resource in the fields of its group, as `bytesOf` reads them. */
  resource(part: string): ResourceParts {
    return kept(this.#resources, part, () => {
      const view = new ResourceView().reset(...firstField(part));
      const attributes = attributesIn(view, RESOURCE_FIELDS.attributes);
      const service = attributes['service.name'];
      return {
        service: typeof service === 'string' ? service : '',
        attributes,
        recorded: recordedIn(view, RESOURCE_FIELDS.attributes),
      };
    });
  }

  scope(part: string): ScopeParts {
    return kept(this.#scopes, part, () => {
      const view = new ScopeView().reset(...firstField(part));
      return { name: view.name, version: view.version, recorded: recordedIn(view, SCOPE_FIELDS.attributes) };
    });
  }
}

const MAX_KEPT = 10_000;

function kept<T>(known: Map<string, T>, part: string, read: () => T): T {
  let found = known.get(part);
  if (found === undefined) {
    found = read();
    if (known.size >= MAX_KEPT) known.clear();
    known.set(part, found);
  }
  return found;
}

/** Returns the message in the first field of a group: the resource or the scope. */
function firstField(part: string): [bytes: Uint8Array, start: number, end: number] {
  const bytes = bytesOf(part);
  const at = findField(bytes, 0, bytes.length, 1);
  return at < 0 ? [bytes, 0, 0] : [bytes, payloadStart(bytes, at), payloadEnd(bytes, at)];
}

/** Returns a part of an item, which is hexadecimal digits, or JSON with the columns from which it is encoded. */
export function bytesOf(part: unknown): Uint8Array {
  if (typeof part !== 'string') return new Uint8Array();
  return part.startsWith('{') ? rebuild(part) : Buffer.from(part, 'hex');
}
