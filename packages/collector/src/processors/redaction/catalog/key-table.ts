import type { KeyRule } from '../rules.ts';
import { ContextLabels } from './labels.ts';
import { nameBefore, type SecretName } from './secrets/credentials.ts';

/** What a key says about its value. */
export interface KeyFacts {
  readonly key: Uint8Array;
  readonly rule: KeyRule;
  readonly labels: number;
  /** Whether values of this key are secrets, because it ends in a name such as `password`. */
  readonly secret: SecretName | undefined;
}

const SIZE = 1024;
const MAX_KEY_BYTES = 256;

/** Remembers what keys say about their values, by the bytes of the keys. A key replaces another with the same hash. */
export class KeyTable {
  readonly #facts: (KeyFacts | undefined)[] = Array.from({ length: SIZE }, () => undefined);
  readonly #ruleOf: (key: string) => KeyRule;
  readonly #labels = new ContextLabels();

  constructor(ruleOf: (key: string) => KeyRule) {
    this.#ruleOf = ruleOf;
  }

  /** Returns the facts about the key in `[start, end)`. */
  get(bytes: Uint8Array, start: number, end: number): KeyFacts {
    const length = end - start;
    const hash =
      (length * 31 + bytes[start] * 7 + bytes[end - 1] * 131 + bytes[start + (length >> 1)] * 17) & (SIZE - 1);
    const known = this.#facts[hash];
    if (known !== undefined && isSame(bytes, start, length, known.key)) return known;
    const facts = this.#learn(bytes.slice(start, end));
    if (length <= MAX_KEY_BYTES) this.#facts[hash] = facts;
    return facts;
  }

  #learn(key: Uint8Array): KeyFacts {
    return {
      key,
      rule: this.#ruleOf(Buffer.from(key).toString()),
      labels: this.#labels.ofKey(key, 0, key.length),
      secret: nameBefore({ bytes: key, start: 0 }, key.length),
    };
  }
}

function isSame(bytes: Uint8Array, start: number, length: number, key: Uint8Array): boolean {
  if (key.length !== length) return false;
  for (let i = length - 1; i >= 0; i--) if (bytes[start + i] !== key[i]) return false;
  return true;
}
