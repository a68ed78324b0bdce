import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { DataKey } from './contract.ts';
import { DataKeys } from './data-keys.ts';
import { BLOCK_BYTES, encryptFile, FILE_HEADER_BYTES, FileDecryptor } from './encrypted-file.ts';
import { isEncryptedRecord, RECORD_OVERHEAD_BYTES, RecordDecryptor, RecordEncryptor } from './encrypted-records.ts';

function dataKey(tenant: string): DataKey {
  const id = randomBytes(16).toString('hex');
  return { id, tenant, createdMillis: 0, secret: createSecretKey(randomBytes(32)) };
}

const key = dataKey('acme');
const keys = new DataKeys([key]);
const STORED_BLOCK = BLOCK_BYTES + 16;

function decrypted(file: Buffer, position: number, length: number, known = keys): Buffer {
  const decryptor = new FileDecryptor('file', file.subarray(0, FILE_HEADER_BYTES), file.length, known);
  const { offset, length: bytes } = decryptor.range(position, length);
  const target = Buffer.alloc(Math.min(length, Math.max(0, decryptor.size - position)));
  assert.equal(decryptor.decryptRange(file.subarray(offset, offset + bytes), position, target), target.length);
  return target;
}

test('a file of any size is read at any range', () => {
  for (const size of [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES, 200_000]) {
    const clear = randomBytes(size);
    const cuts = [0, Math.floor(size / 3), Math.floor(size / 2), size];
    const pieces = cuts.slice(1).map((end, index) => clear.subarray(cuts[index], end));
    const file = Buffer.concat(encryptFile(pieces, key));
    assert.equal(new FileDecryptor('file', file.subarray(0, FILE_HEADER_BYTES), file.length, keys).size, size);
    for (const [position, length] of [
      ...[[0, size] as const, [0, size + 100] as const, [size, 10] as const, [size >> 1, 100] as const],
      ...[[BLOCK_BYTES - 5, 10] as const, [Math.max(0, size - 12), 12] as const],
    ]) {
      if (position > size) continue;
      assert.deepEqual(decrypted(file, position, length), clear.subarray(position, position + length), `${size}`);
    }
  }
});

test('changed, moved, exchanged, removed and added blocks are found', () => {
  const file = Buffer.concat(encryptFile([randomBytes(3 * BLOCK_BYTES + 50)], key));
  const other = Buffer.concat(encryptFile([randomBytes(3 * BLOCK_BYTES + 50)], key));
  const block = (of: Buffer, number: number) =>
    of.subarray(FILE_HEADER_BYTES + number * STORED_BLOCK, FILE_HEADER_BYTES + (number + 1) * STORED_BLOCK);
  const flipped = (at: number) => {
    const copy = Buffer.from(file);
    copy[at] = (copy[at] ?? 0) ^ 4;
    return copy;
  };
  const header = file.subarray(0, FILE_HEADER_BYTES);
  const blocks = [0, 1, 2, 3].map((number) => block(file, number));
  const [first, second, third, last] = blocks as [Buffer, Buffer, Buffer, Buffer];
  const damaged: Record<string, Buffer> = {
    'a bit of the text': flipped(FILE_HEADER_BYTES + 7),
    'a bit of a tag': flipped(FILE_HEADER_BYTES + STORED_BLOCK - 1),
    'a bit of the file ID': flipped(40),
    exchanged: Buffer.concat([header, second, first, third, last]),
    'of another file': Buffer.concat([header, first, block(other, 1), third, last]),
    'without the last block': Buffer.concat([header, first, second, third]),
    'without a block in the middle': Buffer.concat([header, first, third, last]),
    'with a block added': Buffer.concat([header, first, second, third, third, last]),
    'cut within a block': file.subarray(0, file.length - 20),
    'a header of another file': Buffer.concat([other.subarray(0, FILE_HEADER_BYTES), first, second, third, last]),
  };
  for (const [what, bytes] of Object.entries(damaged)) {
    assert.throws(() => decrypted(bytes, 0, bytes.length), { name: 'EncryptionError' }, what);
  }
});

test('two files with the same contents have no block in common', () => {
  const clear = Buffer.alloc(2 * BLOCK_BYTES);
  const [a, b] = [0, 1].map(() => Buffer.concat(encryptFile([clear], key))) as [Buffer, Buffer];
  for (let at = FILE_HEADER_BYTES; at + 16 < a.length; at += 16) {
    assert.equal(b.indexOf(a.subarray(at, at + 16)), -1);
    if (at > 4096) break;
  }
  assert.equal(a.indexOf(Buffer.alloc(8), FILE_HEADER_BYTES), -1);
});

test('a missing key is named, and another one does not fit', () => {
  const file = Buffer.concat(encryptFile([randomBytes(100)], key));
  assert.throws(() => decrypted(file, 0, 10, new DataKeys([])), {
    name: 'MissingKeyError',
    message: new RegExp(`^file: expected the data key ${key.id}, which is missing`),
  });
  const wrong = new DataKeys([{ ...dataKey('acme'), id: key.id }]);
  assert.throws(() => decrypted(file, 0, 10, wrong), new RegExp(`block 0 differs from its tag, key ${key.id}`));
});

test('records of several tenants and writers are decrypted in their order', () => {
  const other = dataKey('umbra');
  const all = new DataKeys([key, other]);
  const writers = [new RecordEncryptor('journal a'), new RecordEncryptor('journal a')];
  const decryptor = new RecordDecryptor('journal a', all);
  for (const writer of writers) {
    for (let i = 0; i < 20; i++) {
      const clear = randomBytes(i * 50);
      const pieces = [clear.subarray(0, i), clear.subarray(i)];
      const record = Buffer.concat(writer.encrypt(pieces, i % 3 === 0 ? other : key));
      assert.equal(record.length, clear.length + RECORD_OVERHEAD_BYTES);
      assert.ok(isEncryptedRecord(record));
      assert.deepEqual(decryptor.decrypt(record), clear);
    }
  }
});

test('changed, repeated, moved and foreign records are found', () => {
  const writer = new RecordEncryptor('journal a');
  const [first, second] = [0, 1].map((i) => Buffer.concat(writer.encrypt([Buffer.from(`record ${i}`)], key)));
  assert.ok(first !== undefined && second !== undefined);
  for (let at = 0; at < first.length; at++) {
    const changed = Buffer.from(first);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.throws(
      () => new RecordDecryptor('journal a', keys).decrypt(changed),
      /EncryptionError|MissingKeyError/,
      `${at}`,
    );
  }
  for (let length = 0; length < first.length; length++) {
    assert.throws(() => new RecordDecryptor('journal a', keys).decrypt(first.subarray(0, length)), /EncryptionError/);
  }
  assert.throws(() => new RecordDecryptor('journal b', keys).decrypt(first), /differs from its tag/);
  const repeated = new RecordDecryptor('journal a', keys);
  repeated.decrypt(first);
  assert.throws(() => repeated.decrypt(first), /expected record 2 of its writer or a later one, got 1/);
  const reordered = new RecordDecryptor('journal a', keys);
  reordered.decrypt(second);
  assert.throws(() => reordered.decrypt(first), /expected record 3/);
});
