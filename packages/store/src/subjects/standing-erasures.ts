import { createHmac, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Batch, countItems, type Signal } from '@otelier/otlp';
import { readCheckedJson, writeCheckedJson } from '../write/files/checked-json.ts';
import type { Report } from '../write/files/damaged.ts';
import type { StandingErasure, SubjectQuery } from './contract.ts';
import { editRequest } from './edit-request.ts';
import { mayContain, type Wanted } from './item-match.ts';
import { ItemSelection } from './item-selection.ts';

const NAME = 'standing-erasures.json';

interface Rule extends StandingErasure {
  /** Key of the hashes, in hexadecimal digits. */
  readonly salt: string;
  /** HMAC-SHA-256 of each key and value, separated by NUL. */
  readonly hashes: readonly string[];
}

/** Erasures that also apply to telemetry that arrives later, in a file of the store's directory, which has no values. */
export class StandingErasures {
  readonly #path: string;
  readonly #now: () => number;
  #rules: readonly Rule[];
  #wanted: ReadonlyMap<string, Wanted>;

  /** Reads the file. Reports one that is damaged, which then counts as empty. */
  constructor(directory: string, report: Report, now: () => number) {
    this.#path = join(directory, NAME);
    this.#now = now;
    const read = readCheckedJson(this.#path);
    if (read.kind === 'damaged' || (read.kind === 'whole' && !read.isChecked))
      report(`${this.#path}: damaged: telemetry of erased subjects is accepted again; erase them again`);
    this.#rules = read.kind === 'whole' && read.isChecked ? ((read.value['rules'] ?? []) as readonly Rule[]) : [];
    this.#wanted = wantedOfRules(this.#rules);
  }

  list(): readonly StandingErasure[] {
    return this.#rules.map(({ salt: _, hashes: _hashes, ...rule }) => rule);
  }

  /** Adds a rule durably, or replaces the one with the same ID. */
  add({ id, by, tenant, terms }: { readonly id: string; readonly by: string } & SubjectQuery): void {
    const salt = randomBytes(16).toString('hex');
    const keys = [...new Set(terms.map(({ key }) => key ?? missingKey()))];
    const hashes = terms.map(({ key = '', value }) => hashOfValue(salt, key, value));
    this.#set([
      ...this.#rules.filter((rule) => rule.id !== id),
      { id, tenant, keys, by, createdMillis: this.#now(), salt, hashes },
    ]);
  }

  /** Removes a rule durably. Returns `false` if there is none. */
  remove(id: string): boolean {
    const rest = this.#rules.filter((rule) => rule.id !== id);
    if (rest.length === this.#rules.length) return false;
    this.#set(rest);
    return true;
  }

  /** Returns a batch without the items of erased subjects; the same one if it has none. */
  withoutSubjects(batch: Batch): Batch {
    const wanted = this.#wanted.get(batch.context.tenant);
    if (wanted === undefined) return batch;
    const { signal } = batch;
    const parts = batch.parts.flatMap((part) => withoutItems(part, signal, wanted, batch.context.arrivalMillis));
    if (parts.every((part, i) => part === batch.parts[i]) && parts.length === batch.parts.length) return batch;
    const itemCount = parts.reduce((sum, part) => sum + countItems(signal, part), 0);
    return { ...batch, parts, itemCount, sizeBytes: parts.reduce((sum, part) => sum + part.length, 0) };
  }

  #set(rules: readonly Rule[]): void {
    writeCheckedJson(this.#path, { rules });
    this.#rules = rules;
    this.#wanted = wantedOfRules(rules);
  }
}

function withoutItems(part: Uint8Array, signal: Signal, wanted: Wanted, arrivalMillis: number): readonly Uint8Array[] {
  if (!mayContain(part, wanted)) return [part];
  const selected = new ItemSelection(signal, [wanted]);
  const edit = { signal, selected, held: new Map(), parts: 'items', wanted } as const;
  const { bytes } = editRequest(part, edit, arrivalMillis);
  return bytes === undefined ? [] : [bytes];
}

function wantedOfRules(rules: readonly Rule[]): ReadonlyMap<string, Wanted> {
  const tenants = [...Map.groupBy(rules, ({ tenant }) => tenant)].map(([tenant, own]) => {
    const keys = new Set(own.flatMap((rule) => rule.keys));
    const attributes = new Map(
      [...keys].map((key) => [key, (value: string) => own.some((rule) => isErased(rule, key, value))]),
    );
    return [tenant, { attributes, texts: [], values: [] }] as const;
  });
  return new Map(tenants);
}

function isErased({ keys, salt, hashes }: Rule, key: string, value: string): boolean {
  return keys.includes(key) && hashes.includes(hashOfValue(salt, key, value));
}

function hashOfValue(salt: string, key: string, value: string): string {
  return createHmac('sha256', Buffer.from(salt, 'hex')).update(`${key}\0${value}`).digest('hex');
}

function missingKey(): never {
  throw new Error('an erasure of later telemetry needs attributes with keys');
}
