/** Writes the compressed form of `input[start, end)` at `at` and returns the position after it. */
export type EncodeFragment = (input: Uint8Array, start: number, end: number, output: Uint8Array, at: number) => number;

/** Size of the pieces in which a body is compressed; matches reach 64 KiB back at most in both formats. */
export const FRAGMENT_BYTES = 65_536;

/** After this much input, a compressor lets other work run. */
const TURN_BYTES = 1024 * 1024;

/** Encodes a body piece by piece into `output`, from position `at`. */
export function encodeFragments(input: Uint8Array, encode: EncodeFragment, output: Uint8Array, at: number): Buffer {
  let end = at;
  for (let start = 0; start < input.length; start += FRAGMENT_BYTES)
    end = encode(input, start, Math.min(input.length, start + FRAGMENT_BYTES), output, end);
  return Buffer.from(output.buffer, output.byteOffset, end);
}

/** Encodes as `encodeFragments` does, and lets other work of the thread run in between. */
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
