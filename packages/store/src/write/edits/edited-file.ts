import { setImmediate } from 'node:timers/promises';
import { countItems, forEachItem } from '@otelier/otlp';
import { createBuilder } from '../../columns/builders.ts';
import { holdSelections } from '../../holds/hold-selections.ts';
import { holdsOf } from '../../holds/holds-of.ts';
import { type FileOpener, PLAIN_FILES } from '../../parquet/file-bytes.ts';
import { type EditedRequest, editRequest, selectedItems } from '../../subjects/edit-request.ts';
import { fileRequests } from '../../subjects/file-requests.ts';
import { mayContain, wantedOf } from '../../subjects/item-match.ts';
import { ItemSelection, timeOf } from '../../subjects/item-selection.ts';
import type { DataFile } from '../files/files.ts';
import { type EncodedFile, PendingFile } from '../pending-file.ts';
import type { FileEdit } from './contract.ts';

const HOUR_NANOS = 3_600_000_000_000n;
const HOUR_MILLIS = 3_600_000;

/** What an edit finds in a file. */
export interface FoundInFile {
  readonly searched: number;
  readonly items: number;
  readonly held: number;
  readonly holds: readonly string[];
  /** Items by hour of their time, in milliseconds since the Unix epoch. */
  readonly hours: ReadonlyMap<number, number>;
  readonly samples: readonly Uint8Array[];
}

/** Searches a file for items that an edit changes. Other work of the thread is done meanwhile. */
export async function searchFile(
  file: DataFile,
  edit: FileEdit,
  maxSamples: number,
  opener: FileOpener = PLAIN_FILES,
): Promise<FoundInFile> {
  const { signal } = file.footer;
  const wanted = wantedOf(edit.terms);
  const selected = new ItemSelection(signal, [wanted], edit);
  const held = holdSelections(signal, holdsOf(edit.holds, { ...file, tenant: edit.tenant }));
  const hours = new Map<number, number>();
  const samples: Uint8Array[] = [];
  const holds = new Set<string>();
  let [searched, items, heldItems, sampled] = [0, 0, 0, 0];
  for await (const { bytes, arrivalMillis } of inTurns(file, opener)) {
    searched += countItems(signal, bytes);
    if (!mayContain(bytes, wanted)) continue;
    const edited = editRequest(bytes, { signal, selected, held, parts: 'items', wanted }, arrivalMillis);
    items += edited.items;
    heldItems += edited.held;
    for (const hold of edited.holds) holds.add(hold);
    if (edited.items + edited.held === 0) continue;
    if (signal === 'profiles') {
      countHour(hours, BigInt(arrivalMillis) * 1_000_000n);
      continue;
    }
    forEachItem(signal, bytes, (cursor) => {
      if (selected.has(cursor, arrivalMillis))
        countHour(hours, timeOf(signal, cursor) ?? BigInt(arrivalMillis) * 1_000_000n);
    });
    const sample = sampled < maxSamples && selectedItems(signal, bytes, selected, arrivalMillis, maxSamples - sampled);
    if (!sample) continue;
    // A copy, because the memory of the request is used again.
    samples.push(Uint8Array.from(sample.bytes));
    sampled += sample.items;
  }
  return { searched, items, held: heldItems, holds: [...holds], hours, samples };
}

/** A file without what an edit removes. */
export interface EditedFile {
  /** `undefined` if no rows are left. */
  readonly encoded: EncodedFile | undefined;
  readonly items: number;
}

/** Encodes a file again, without what an edit removes. `replaces` is its name. */
export async function encodeEdited(
  file: DataFile,
  edit: FileEdit,
  replaces: string,
  opener: FileOpener = PLAIN_FILES,
): Promise<EditedFile> {
  const { signal, tenant } = file.footer;
  const wanted = wantedOf(edit.terms);
  const selected = new ItemSelection(signal, [wanted], edit);
  const held = holdSelections(signal, holdsOf(edit.holds, { ...file, tenant }));
  return encodeWith(file, replaces, opener, (bytes, arrivalMillis) =>
    mayContain(bytes, wanted)
      ? editRequest(bytes, { signal, selected, held, parts: edit.parts, wanted }, arrivalMillis)
      : undefined,
  );
}

/** Encodes a file again, with what a function returns of its requests; `undefined` stands for an unchanged one. */
export async function encodeWith(
  file: DataFile,
  replaces: string,
  opener: FileOpener,
  editOne: (bytes: Uint8Array, arrivalMillis: number) => Pick<EditedRequest, 'bytes' | 'items'> | undefined,
): Promise<EditedFile> {
  const { signal, tenant, positions, resume, writtenMillis, partial = {} } = file.footer;
  const builder = createBuilder(signal);
  const pending = new PendingFile(tenant, signal, 0, builder);
  let items = 0;
  try {
    for await (const { bytes, arrivalMillis } of inTurns(file, opener)) {
      const edited = editOne(bytes, arrivalMillis);
      items += edited?.items ?? 0;
      const rest = edited === undefined ? bytes : edited.bytes;
      if (rest !== undefined) builder.append(rest, arrivalMillis);
    }
    if (pending.rows === 0) return { encoded: undefined, items };
    pending.end = { read: {}, partial };
    const steps = pending.encode({ positions, resume, writtenMillis, replaces });
    for (;;) {
      const step = steps.next();
      // Copies, because the memory of the builder is freed.
      if (step.done === true) {
        const pieces = [Buffer.concat(step.value.pieces)];
        return { encoded: { ...step.value, pieces }, items };
      }
      await setImmediate();
    }
  } finally {
    builder.free();
  }
}

/** Returns the requests of a file, between which the thread does other work. */
async function* inTurns({ path, footer }: DataFile, opener: FileOpener) {
  const bytes = opener.open(path);
  try {
    for (const request of fileRequests(bytes, path, footer.signal)) {
      yield request;
      await setImmediate();
    }
  } finally {
    bytes.close();
  }
}

function countHour(hours: Map<number, number>, time: bigint): void {
  const hour = Number(time / HOUR_NANOS) * HOUR_MILLIS;
  hours.set(hour, (hours.get(hour) ?? 0) + 1);
}
