import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  Aes128Gcm,
  Aes256Gcm,
  CipherSuite,
  DhkemP256HkdfSha256,
  DhkemP521HkdfSha512,
  DhkemX25519HkdfSha256,
  ExportOnly,
  HkdfSha256,
  HkdfSha512,
} from '@hpke/core';

/** A vector of RFC 9180, appendix A. Numbers are those of section 7, texts are hexadecimal. */
interface Vector {
  readonly name: string;
  readonly kem_id: number;
  readonly kdf_id: number;
  readonly aead_id: number;
  readonly info: string;
  readonly ikmE: string;
  readonly skRm: string;
  readonly pkRm: string;
  readonly enc: string;
  readonly psk?: string;
  readonly psk_id?: string;
  readonly encryptions: readonly {
    readonly sequence: number;
    readonly pt: string;
    readonly aad: string;
    readonly ct: string;
  }[];
  readonly exports: readonly {
    readonly exporter_context: string;
    readonly L: number;
    readonly exported_value: string;
  }[];
}

const VECTORS = JSON.parse(
  readFileSync(join(import.meta.dirname, 'rfc9180-vectors.json'), 'utf8'),
) as readonly Vector[];
const KEMS = { 16: DhkemP256HkdfSha256, 18: DhkemP521HkdfSha512, 32: DhkemX25519HkdfSha256 } as const;
const KDFS = { 1: HkdfSha256, 3: HkdfSha512 } as const;
const AEADS = { 1: Aes128Gcm, 2: Aes256Gcm, 65535: ExportOnly } as const;

const hex = (text: string): ArrayBuffer => new Uint8Array(Buffer.from(text, 'hex')).buffer;
const text = (bytes: ArrayBuffer): string => Buffer.from(bytes).toString('hex');

for (const vector of VECTORS) {
  test(`the implementation of HPKE meets RFC 9180: ${vector.name}`, async () => {
    const suite = new CipherSuite({
      kem: new KEMS[vector.kem_id as keyof typeof KEMS](),
      kdf: new KDFS[vector.kdf_id as keyof typeof KDFS](),
      aead: new AEADS[vector.aead_id as keyof typeof AEADS](),
    });
    const psk = vector.psk === undefined ? {} : { psk: { key: hex(vector.psk), id: hex(vector.psk_id ?? '') } };
    const info = hex(vector.info);
    const sender = await suite.createSenderContext({
      recipientPublicKey: await suite.kem.deserializePublicKey(hex(vector.pkRm)),
      info,
      ...psk,
      ekm: hex(vector.ikmE),
    });
    assert.equal(text(sender.enc), vector.enc);
    const recipient = await suite.createRecipientContext({
      recipientKey: await suite.kem.deserializePrivateKey(hex(vector.skRm)),
      enc: hex(vector.enc),
      info,
      ...psk,
    });
    for (const { exporter_context: context, L, exported_value: expected } of vector.exports) {
      assert.equal(text(await sender.export(hex(context), L)), expected);
      assert.equal(text(await recipient.export(hex(context), L)), expected);
    }
    const bySequence = new Map(vector.encryptions.map((encryption) => [encryption.sequence, encryption]));
    const last = Math.max(-1, ...bySequence.keys());
    for (let sequence = 0; sequence <= last; sequence++) {
      const known = bySequence.get(sequence);
      // Other messages only advance the sequence numbers.
      const sealed = await sender.seal(hex(known?.pt ?? ''), hex(known?.aad ?? ''));
      if (known !== undefined) assert.equal(text(sealed), known.ct);
      assert.equal(text(await recipient.open(sealed, hex(known?.aad ?? ''))), known?.pt ?? '');
    }
  });
}
