import { basename, relative } from 'node:path';
import { SIGNAL_NAMES, type Signal } from '@otelier/otlp';
import type { FileOpener } from '../../parquet/file-bytes.ts';
import type { ErasedFile, SubjectFile, SubjectFindings } from '../../subjects/contract.ts';
import type { FileWriter } from '../file-writer.ts';
import type { DataFile } from '../files/files.ts';
import type { EditedFiles, Positions } from '../protocol.ts';
import type { FileEdit } from './contract.ts';
import { encodeEdited, searchFile } from './edited-file.ts';
import { hashOf } from './file-hash.ts';

/** The dependencies of `FileEdits`. */
export interface FileEditsContext {
  readonly directory: string;
  readonly writer: FileWriter;
  readonly opener: FileOpener | undefined;
  /** Does work between the requests of the thread. */
  readonly enqueue: <T>(work: () => Promise<T>) => Promise<T>;
  readonly readUpTo: (positions: Positions) => Promise<void>;
  /** Returns files with all rows of a tenant and signal, also those that are pending. */
  readonly filesOf: (tenant: string, signal: Signal) => readonly DataFile[];
}

/** Searches and edits the files of a store. Other requests are served meanwhile. */
export class FileEdits {
  readonly #context: FileEditsContext;

  constructor(context: FileEditsContext) {
    this.#context = context;
  }

  async search(positions: Positions, edit: FileEdit, maxSamples: number): Promise<SubjectFindings> {
    const { enqueue, readUpTo, filesOf, writer, opener, directory } = this.#context;
    const [pin, files] = await enqueue(async () => {
      await readUpTo(positions);
      const found = signalsOf(edit).flatMap((signal) => filesOf(edit.tenant, signal).filter(isWithin(edit)));
      return [writer.pins.pin(found), found] as const;
    });
    try {
      const found: SubjectFile[] = [];
      const hours = new Map<string, { signal: Signal; hourMillis: number; items: number }>();
      const samples: SubjectFindings['samples'][number][] = [];
      const holds = new Set<string>();
      let [searched, items, held] = [0, 0, 0];
      for (const file of files) {
        const { signal } = file.footer;
        const own = await searchFile(file, edit, Math.max(0, maxSamples - samples.length), opener);
        searched += own.searched;
        items += own.items;
        held += own.held;
        for (const id of own.holds) holds.add(id);
        for (const [hourMillis, count] of own.hours) {
          const key = `${signal} ${hourMillis}`;
          const sum = hours.get(key) ?? { signal, hourMillis, items: 0 };
          hours.set(key, { ...sum, items: sum.items + count });
        }
        samples.push(...own.samples.map((request) => ({ signal, request })));
        if (own.items + own.held === 0) continue;
        const name = relative(directory, file.path);
        found.push({ name, signal, items: own.items, held: own.held, rows: file.rows });
      }
      const sorted = [...hours.values()].sort((a, b) => a.hourMillis - b.hourMillis || (a.signal < b.signal ? -1 : 1));
      return {
        ...{ tenant: edit.tenant, files: found, searched, items: items + held, held },
        holds: [...holds],
        hours: sorted,
        samples,
      };
    } finally {
      writer.pins.release(pin);
    }
  }

  async edit(positions: Positions, edit: FileEdit): Promise<EditedFiles> {
    const { enqueue, readUpTo, writer, opener, directory } = this.#context;
    await enqueue(async () => {
      await readUpTo(positions);
      await writer.giveUpJournals();
    });
    const done: ErasedFile[] = [];
    const names: string[] = [];
    const holds = new Set<string>();
    let [held, searched, searchedFiles] = [0, 0, 0];
    for (const signal of signalsOf(edit)) {
      for (const file of writer.files.of(edit.tenant, signal).filter(isWithin(edit))) {
        const pin = writer.pins.pin([file]);
        try {
          const found = await searchFile(file, edit, 0, opener);
          searchedFiles += 1;
          searched += found.searched;
          held += found.held;
          for (const id of found.holds) holds.add(id);
          const replaced = found.items > 0 ? await this.#replace(file, edit) : undefined;
          if (replaced !== undefined) done.push(replaced);
          const name = replaced === undefined ? relative(directory, file.path) : replaced.replacedBy?.name;
          if (name !== undefined) names.push(name);
        } finally {
          writer.pins.release(pin);
        }
      }
    }
    return { files: done, held, holds: [...holds], searched, searchedFiles, names };
  }

  async #replace(file: DataFile, edit: FileEdit): Promise<ErasedFile> {
    const { directory, enqueue, writer, opener } = this.#context;
    const sha256 = await hashOf(file.path);
    const { encoded, items } = await encodeEdited(file, edit, basename(file.path), opener);
    const by = await enqueue(() => writer.replace(file, encoded));
    const { rows, bytes, footer, path } = file;
    return {
      ...{ name: relative(directory, path), signal: footer.signal, rows, bytes, sha256, items },
      ...(by !== undefined && {
        replacedBy: { name: relative(directory, by.path), bytes: by.bytes, sha256: await hashOf(by.path) },
      }),
    };
  }
}

function signalsOf({ signals = SIGNAL_NAMES }: FileEdit): readonly Signal[] {
  return signals;
}

function isWithin({ start, end }: FileEdit): (file: DataFile) => boolean {
  return ({ minTime, maxTime }) => (start === undefined || maxTime >= start) && (end === undefined || minTime < end);
}
