import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  encodeKey,
  FoundAttribute,
  findAttribute,
  findField,
  forEachItem,
  type ItemCursor,
  payloadEnd,
  payloadStart,
  RESOURCE_FIELDS,
  readString,
} from '@otelier/otlp';
import type { FindSensitive, RedactionPreview } from '@otelier/query';
import { MaskingWalk } from '../../processors/redaction/catalog/masking-walk.ts';
import { itemPlan, RESOURCE_PLAN } from '../../processors/redaction/catalog/message-plan.ts';
import {
  CATALOG,
  CATALOG_CHOICES,
  CATALOG_NAMES,
  type CatalogName,
  selectedNames,
} from '../../processors/redaction/catalog/names.ts';
import { MASK_METHODS, type MaskMethod, maskBy } from '../../processors/redaction/mask-methods.ts';
import { Pseudonyms } from '../../processors/redaction/pseudonyms/pseudonyms.ts';

const MAX_EXAMPLES = 4;
/** Number of characters around a value, and of a value. */
const AROUND = 48;
const MAX_VALUE = 160;
const SERVICE = encodeKey('service.name');
/** Items that are searched before other work of the process runs. */
const ITEMS_PER_TURN = 200;

type Example = RedactionPreview['examples'][number];

/** Searches requests for kinds of the catalog, as the processor `redaction` does. */
export const findSensitive: FindSensitive = async ({ signal, kinds, method, limit }, requests) => {
  const unknown = kinds.find((name) => !CATALOG_CHOICES.includes(name));
  if (unknown !== undefined) {
    return {
      kind: 'invalid',
      reason: `expected names of ${CATALOG_CHOICES.join(', ')}, got "${unknown.slice(0, 40)}"`,
    };
  }
  const search = new Search(selectedNames(kinds), MASK_METHODS.find((one) => one === method) ?? 'mask');
  let items = 0;
  for (const request of requests) {
    const cursors: (() => void)[] = [];
    forEachItem(signal, request, (cursor) => {
      if (items + cursors.length < limit) cursors.push(search.prepared(signal, cursor));
    });
    for (const run of cursors) {
      run();
      if (++items % ITEMS_PER_TURN === 0) await nextTurn();
    }
    if (items >= limit) break;
  }
  return { kind: 'found', preview: search.preview(items) };
};

class Search {
  readonly #enabled: ReadonlySet<CatalogName>;
  readonly #walk: MaskingWalk;
  readonly #counts = new Map<CatalogName, { values: number; items: number }>();
  readonly #examples: Example[] = [];
  readonly #seen = new Set<CatalogName>();
  #service = '';

  constructor(enabled: ReadonlySet<CatalogName>, method: MaskMethod) {
    this.#enabled = enabled;
    const pseudonyms = new Pseudonyms(randomBytes(32).toString('hex'), 'preview');
    const mask = (name: CatalogName, text: string): string => maskBy(method, name, text, () => '****', pseudonyms);
    this.#walk = new MaskingWalk({
      enabled,
      redactAllTypes: false,
      mayAllow: false,
      keyRule: () => 'check',
      isAllowed: () => false,
      mask,
      found: (name, place, text, start, end) => this.#found(name, place, text, start, end, mask),
    });
  }

  /** Returns a function that searches the item at the cursor. */
  prepared(signal: Parameters<FindSensitive>[0]['signal'], cursor: ItemCursor): () => void {
    const { bytes, start, end, resourceStart, resourceEnd, dataField } = cursor;
    return () => {
      this.#service = serviceOf(bytes, resourceStart, resourceEnd);
      this.#seen.clear();
      this.#walk.find(bytes, start, end, itemPlan(signal, dataField));
      this.#walk.find(bytes, resourceStart, resourceEnd, RESOURCE_PLAN);
    };
  }

  preview(items: number): RedactionPreview {
    const kinds = CATALOG_NAMES.filter((name) => this.#enabled.has(name)).map((name) => ({
      name,
      group: CATALOG[name].group ?? '',
      ...(this.#counts.get(name) ?? { values: 0, items: 0 }),
    }));
    return { items, kinds, examples: this.#examples };
  }

  #found(
    name: CatalogName,
    place: string,
    text: string,
    start: number,
    end: number,
    mask: (name: CatalogName, text: string) => string,
  ): void {
    const counts = this.#counts.get(name) ?? { values: 0, items: 0 };
    this.#counts.set(name, counts);
    counts.values++;
    if (!this.#seen.has(name)) counts.items++;
    this.#seen.add(name);
    if (counts.values > MAX_EXAMPLES) return;
    const value = text.slice(start, end);
    this.#examples.push({
      kind: name,
      service: this.#service,
      place: place.slice(0, MAX_VALUE),
      before: text.slice(Math.max(0, start - AROUND), start),
      value: value.slice(0, MAX_VALUE),
      after: text.slice(end, end + AROUND),
      masked: mask(name, value).slice(0, MAX_VALUE),
    });
  }
}

const found = new FoundAttribute();

function serviceOf(bytes: Uint8Array, start: number, end: number): string {
  if (!findAttribute(bytes, start, end, RESOURCE_FIELDS.attributes, SERVICE, found)) return '';
  const text = findField(bytes, found.valueStart, found.valueEnd, 1);
  return text < 0 ? '' : readString(bytes, payloadStart(bytes, text), payloadEnd(bytes, text));
}
