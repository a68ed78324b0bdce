/**
 * Code lengths of all bytes and of EOS (last), in bits (RFC 7541, Appendix B). The code is canonical: codes of equal
 * length are consecutive in symbol order, so the lengths alone define it.
 */
const CODE_LENGTHS: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6,
  5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23,
  22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22,
  23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26,
  20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27,
  27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27,
  27, 27, 27, 26, 30,
];

const EOS = 256;
const CODES = canonicalCodes();

/** Returns the Huffman-encoded size of `bytes`. */
export function huffmanLength(bytes: Uint8Array): number {
  let bits = 0;
  for (const byte of bytes) bits += CODE_LENGTHS[byte];
  return (bits + 7) >> 3;
}

/** Huffman-encodes `bytes`, padded with ones. */
export function huffmanEncode(bytes: Uint8Array): Uint8Array {
  const encoded = new Uint8Array(huffmanLength(bytes));
  let at = 0;
  let pending = 0;
  let pendingBits = 0;
  for (const byte of bytes) {
    // At most 7 + 30 bits, which exceeds a 32-bit integer.
    pending = pending * 2 ** CODE_LENGTHS[byte] + CODES[byte];
    pendingBits += CODE_LENGTHS[byte];
    while (pendingBits >= 8) {
      pendingBits -= 8;
      encoded[at++] = Math.floor(pending / 2 ** pendingBits);
      pending %= 2 ** pendingBits;
    }
  }
  if (pendingBits > 0) encoded[at] = (pending << (8 - pendingBits)) | (0xff >> pendingBits);
  return encoded;
}

/** Returns the maximum output size for `length` bytes of Huffman code. The shortest code has five bits. */
export function maxDecodedBytes(length: number): number {
  return Math.floor((length * 8) / 5);
}

/**
 * Decodes `bytes[start, end)` into `output`, which has at least `maxDecodedBytes` bytes. Returns the number of bytes
 * decoded, or -1 if the code contains EOS or the padding is longer than seven bits or not all ones.
 */
export function huffmanDecode(bytes: Uint8Array, start: number, end: number, output: Uint8Array): number {
  let state = 0;
  let length = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    // Two steps of four bits each. A code has at least five bits, so a step completes at most one.
    let step = STEPS[(state << 4) | (byte >> 4)];
    if ((step & EMITS) !== 0) output[length++] = step & 0xff;
    step = STEPS[((step >> STATE_SHIFT) << 4) | (byte & 15)];
    if ((step & EMITS) !== 0) output[length++] = step & 0xff;
    if ((step & FAILED) !== 0) return -1;
    state = step >> STATE_SHIFT;
  }
  return IS_PADDING[state] === 1 ? length : -1;
}

/** A step has the symbol in its lowest byte, then two flags, then the next state from this bit on. */
const STATE_SHIFT = 10;
const EMITS = 0x100;
const FAILED = 0x200;
/** The terminal state after EOS. */
const FAILED_STATE = 256;

/** States are the inner nodes of the code tree. `tree[2 * state + bit]` is the next state, or `-1 - symbol`. */
const TREE = buildTree();
const STEPS = buildSteps();
/** Whether the bits since the last symbol are valid padding: none, or up to seven ones. */
const IS_PADDING = buildPadding();

function canonicalCodes(): number[] {
  const codes: number[] = new Array(CODE_LENGTHS.length);
  let code = 0;
  for (let length = 1; length <= 30; length++) {
    code *= 2;
    for (const [symbol, bits] of CODE_LENGTHS.entries()) if (bits === length) codes[symbol] = code++;
  }
  return codes;
}

function buildTree(): Int16Array {
  const tree = new Int16Array(2 * FAILED_STATE);
  let states = 1;
  for (const [symbol, length] of CODE_LENGTHS.entries()) {
    let state = 0;
    for (let bit = length - 1; bit > 0; bit--) {
      const branch = 2 * state + ((CODES[symbol] >>> bit) & 1);
      if (tree[branch] === 0) tree[branch] = states++;
      state = tree[branch];
    }
    tree[2 * state + (CODES[symbol] & 1)] = -1 - symbol;
  }
  return tree;
}

function buildSteps(): Int32Array {
  const steps = new Int32Array((FAILED_STATE + 1) << 4).fill((FAILED_STATE << STATE_SHIFT) | FAILED);
  for (let state = 0; state < FAILED_STATE; state++) {
    for (let nibble = 0; nibble < 16; nibble++) steps[(state << 4) | nibble] = walk(state, nibble);
  }
  return steps;
}

function walk(from: number, nibble: number): number {
  let state = from;
  let emitted = 0;
  for (let bit = 3; bit >= 0; bit--) {
    const next = TREE[2 * state + ((nibble >> bit) & 1)];
    if (next === -1 - EOS) return (FAILED_STATE << STATE_SHIFT) | FAILED;
    if (next < 0) emitted = EMITS | (-1 - next);
    state = Math.max(0, next);
  }
  return (state << STATE_SHIFT) | emitted;
}

function buildPadding(): Uint8Array {
  const isPadding = new Uint8Array(FAILED_STATE + 1);
  for (let ones = 0, state = 0; ones < 8; ones++) {
    isPadding[state] = 1;
    state = TREE[2 * state + 1];
  }
  return isPadding;
}
