/** Writes the compressed form of `input[start, end)` at offset `at` and returns the offset after it. */
export type EncodeFragment = (input: Uint8Array, start: number, end: number, output: Uint8Array, at: number) => number;

/** Size of the fragments in which a body is compressed. In both formats, matches reach back at most 64 KiB. */
export const FRAGMENT_BYTES = 65_536;

/** Amount of input after which a compressor yields to other work. */
const TURN_BYTES = 1024 * 1024;

/** Encodes a body fragment by fragment into `output`, starting at offset `at`. */
export function encodeFragments(input: Uint8Array, encode: EncodeFragment, output: Uint8Array, at: number): Buffer {
  let end = at;
  for (let start = 0; start < input.length; start += FRAGMENT_BYTES)
    end = encode(input, start, Math.min(input.length, start + FRAGMENT_BYTES), output, end);
  return Buffer.from(output.buffer, output.byteOffset, end);
}

/** Like `encodeFragments`, but yields to other work in between. */
export async function encodeFragmentsInTurns(
  input: Uint8Array,
  encode: EncodeFragment,
  output: Uint8Array,
  at: number,
): Promise<Buffer> {
  let end = at;
  for (let start = 0; start < input.length; start += TURN_BYTES) {
    if (start > 0) await new Promise((resolve) => setImmediate(resolve));
    end = encodeFragments(input.subarray(start, start + TURN_BYTES), encode, output, end).length;
  }
  return Buffer.from(output.buffer, output.byteOffset, end);
}
