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
import type { Random } from '@otelier/testkit/otlp/random';

/** The damage done to a store. */
export interface Damage {
  /** Kind and location of the damage, for failure reports. */
  readonly description: string;
  /** Changed files, relative to the store's directory. */
  readonly files: readonly string[];
  /** Whether the damage affects at most one record or page. */
  readonly isOneByte: boolean;
}

/** Returns all files in a directory, relative to it. */
export function filesOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .sort();
}

/** Damages one file. The kinds of files are discovered from the directory, so that new formats are covered too. */
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

/** Returns a path with IDs, tenants and days removed. */
function kindOf(path: string): string {
  return path
    .replace(/^data\/.*\./, 'data/*.')
    .replace(/[0-9a-f]{32}/g, '#')
    .replace(/\d{4,}/g, '#')
    .replace(/\/j[^/]+\//, '/*/');
}

interface Target {
  readonly path: string;
  readonly random: Random;
  /** Files of the same kind, including this one. */
  readonly siblings: readonly string[];
}

/** Functions that damage a file. Each returns the other files that it changed. */
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
    // Appends the beginning of the file itself, so that the appended bytes look valid.
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
