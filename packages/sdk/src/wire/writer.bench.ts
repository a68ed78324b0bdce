/**
 * Measures the encoder's optimizations. Run `node packages/sdk/src/wire/writer.bench.ts`. Results are in nanoseconds,
 * the best of nine runs. Each case runs in its own process, because V8 would optimize shared code for all of them.
 */
import { spawnSync } from 'node:child_process';
import { TagWriter } from '@otelier/otlp';
import { copyIds } from '../trace/ids.ts';
import { type AttributeData, writeAttributes } from './attributes.ts';

const KEYS = [
  'http.request.method',
  'url.path',
  'http.response.status_code',
  'server.address',
  'server.port',
  'user_agent.original',
  'app.cart.total',
  'app.user.premium',
  'app.user.id',
  'network.protocol.version',
];

const bytes = new Uint8Array(4096);
const view = new DataView(bytes.buffer);
const source = new Uint8Array(64);
const sourceView = new DataView(source.buffer);
const encoder = new TextEncoder();
const encodedKeys = new Map(KEYS.map((key) => [key, encoder.encode(key)]));
const recentKeys = [...KEYS];
const recentEncoded = KEYS.map((key) => encoder.encode(key));
const writer = new TagWriter();
const text = (count: number) => 'abcdefgh'.repeat(count / 8);

const CASES: Readonly<Record<string, () => number>> = {
  ...Object.fromEntries([16, 32, 40, 48, 64, 128].map((count) => [`loop, ${count} characters`, loopCase(text(count))])),
  ...Object.fromEntries([16, 64, 128].map((count) => [`encodeInto, ${count} characters`, encodeCase(text(count))])),
  '16 bytes by a loop': () => {
    for (let i = 0; i < 16; i++) bytes[i + 64] = source[i + 8];
    return 1;
  },
  '16 bytes by 32-bit words': () => {
    copyIds(view, 64, sourceView, 8, 16);
    return 1;
  },
  '16 bytes by set': () => {
    bytes.set(source.subarray(8, 24), 64);
    return 1;
  },
  'an array of 64 bytes by set': () => {
    bytes.set(source, 64);
    return 1;
  },
  'a key by the loop': perKey((key) => loop(0, key)),
  'a key out of the map': perKey((key) => copy(encodedKeys.get(key))),
  'a key at the same index as before': perKey((key, i) => copy(recentKeys[i] === key ? recentEncoded[i] : undefined)),
  'a repeated attribute': attributeCase([0]),
  'an attribute with another value': attributeCase([0, 1, 2, 3]),
};

const [, , chosen] = process.argv;
if (chosen === undefined) {
  for (const name of Object.keys(CASES))
    spawnSync(process.execPath, [import.meta.filename, name], { stdio: 'inherit' });
} else {
  console.log(chosen.padEnd(36), best(CASES[chosen] ?? (() => 0)).toFixed(1));
}

function best(run: () => number): number {
  const rounds = 100_000;
  let nanos = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 9; attempt++) {
    const start = process.hrtime.bigint();
    let units = 0;
    for (let i = 0; i < rounds; i++) units += run();
    nanos = Math.min(nanos, Number(process.hrtime.bigint() - start) / units);
  }
  return nanos;
}

function loopCase(value: string): () => number {
  return () => loop(8, value);
}

function encodeCase(value: string): () => number {
  return () => {
    encoder.encodeInto(value, bytes.subarray(8, 8 + value.length));
    return 1;
  };
}

function perKey(write: (key: string, index: number) => number): () => number {
  return () => {
    for (let i = 0; i < KEYS.length; i++) write(KEYS[i], i);
    return KEYS.length;
  };
}

/** Encodes lists of attributes whose values have these endings, one after another. */
function attributeCase(endings: readonly number[]): () => number {
  const lists = endings.map(
    (ending): AttributeData => ({
      keys: KEYS,
      values: KEYS.map((key) => `${key}${ending}`.slice(-9)),
      droppedCount: 0,
    }),
  );
  let next = 0;
  return () => {
    writer.length = 0;
    writeAttributes(writer, 0x4a, lists[next++ % lists.length]);
    return KEYS.length;
  };
}

function loop(offset: number, value: string): number {
  for (let i = 0; i < value.length; i++) bytes[offset + i] = value.charCodeAt(i);
  return 1;
}

function copy(encoded: Uint8Array | undefined): number {
  if (encoded !== undefined) bytes.set(encoded, 8);
  return 1;
}
