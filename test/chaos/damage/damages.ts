import {
  closeSync,
  cpSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { Random } from '@otelier/testkit';

/** A damage that was done. */
export interface Damage {
  /** What and where, for the report of a failure. */
  readonly description: string;
  /** Paths of files whose contents changed, below the store's directory. */
  readonly files: readonly string[];
  /** It changed at most one record or page. */
  readonly isOneByte: boolean;
}

/** All files of a directory, below it. */
export function filesOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .sort();
}

/** Damages one file. Kinds of files come from the directory, so that formats to come are damaged as well. */
export function damageOne(directory: string, random: Random): Damage {
  const byKind = Map.groupBy(filesOf(directory), kindOf);
  const kinds = [...byKind.keys()].sort();
  const kind = kinds[random(kinds.length)] ?? '';
  const files = byKind.get(kind) ?? [];
  const file = files[random(files.length)] ?? '';
  const names = Object.keys(DAMAGES);
  const name = names[random(names.length)] ?? '';
  const target = { path: join(directory, file), random, siblings: files.map((sibling) => join(directory, sibling)) };
  const others = DAMAGES[name]?.(target) ?? [];
  return {
    description: `${name} ${file}`,
    files: [file, ...others.map((path) => relative(directory, path))],
    isOneByte: name === 'flip',
  };
}

/** A path with ids, tenants and days taken out. */
function kindOf(path: string): string {
  return path
    .replace(/^data\/.*\./, 'data/*.')
    .replace(/\d{4,}/g, '#')
    .replace(/\/j[^/]+\//, '/*/');
}

interface Target {
  readonly path: string;
  readonly random: Random;
  /** Files of the same kind, this one included. */
  readonly siblings: readonly string[];
}

/** Each damages a file, and returns what other files it has changed. */
const DAMAGES: Readonly<Record<string, (target: Target) => readonly string[]>> = {
  flip: ({ path, random }) => edit(path, (bytes) => flipAt(bytes, random)),
  'flip some bytes of': ({ path, random }) =>
    edit(path, (bytes) => {
      for (let i = 0; i < 5; i++) flipAt(bytes, random);
    }),
  'zero a range of': ({ path, random }) => edit(path, (bytes) => void bytes.fill(0, ...rangeIn(bytes, random))),
  'overwrite a range of': ({ path, random }) =>
    edit(path, (bytes) => {
      const [from, to] = rangeIn(bytes, random);
      for (let i = from; i < to; i++) bytes[i] = random(256);
    }),
  cut: ({ path, random }) => {
    const file = openSync(path, 'r+');
    ftruncateSync(file, random(Math.max(1, fstatSync(file).size)));
    closeSync(file);
    return [];
  },
  empty: ({ path }) => {
    writeFileSync(path, '');
    return [];
  },
  delete: ({ path }) => {
    rmSync(path);
    return [];
  },
  'append to': ({ path, random }) => {
    const file = openSync(path, 'a');
    // Its own beginning, so that what is appended looks like the format.
    const own = readFileSync(path).subarray(0, random(600));
    writeSync(file, random(2) === 0 ? own : Buffer.from(Array.from({ length: random(300) }, () => random(256))));
    closeSync(file);
    return [];
  },
  duplicate: ({ path, random }) => {
    const name = basename(path);
    const copy = name.replace(/(\d)(?=\D*$)/, (digit) => String((Number(digit) + 1 + random(8)) % 10));
    const target = join(dirname(path), copy === name ? `copy-of-${name}` : copy);
    if (statSync(target, { throwIfNoEntry: false }) === undefined) cpSync(path, target);
    return [];
  },
  'swap with another': ({ path, siblings, random }) => {
    const other = siblings[random(siblings.length)] ?? path;
    const [a, b] = [readFileSync(path), readFileSync(other)];
    writeFileSync(path, b);
    writeFileSync(other, a);
    return [other];
  },
  'make a directory of': ({ path }) => {
    rmSync(path);
    mkdirSync(path);
    return [];
  },
};

function edit(path: string, change: (bytes: Buffer) => void): readonly string[] {
  const file = openSync(path, 'r+');
  const bytes = Buffer.alloc(fstatSync(file).size);
  readSync(file, bytes, 0, bytes.length, 0);
  if (bytes.length > 0) change(bytes);
  writeSync(file, bytes, 0, bytes.length, 0);
  closeSync(file);
  return [];
}

function flipAt(bytes: Buffer, random: Random): void {
  const at = random(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
}

function rangeIn(bytes: Buffer, random: Random): [from: number, to: number] {
  const from = random(bytes.length);
  return [from, Math.min(bytes.length, from + 1 + random(500))];
}
