import { WireBuffer } from './wire.testing.ts';

/** The requests that the broker knows, each in one version without flexible fields. */
const VERSIONS: readonly (readonly [key: number, version: number])[] = [
  [0, 3],
  [1, 4],
  [2, 1],
  [3, 1],
  [8, 2],
  [9, 1],
  [10, 0],
  [11, 1],
  [12, 0],
  [13, 0],
  [14, 0],
  [18, 1],
];

/** Returns the response to a question for versions. */
export function versions(error: number): WireBuffer {
  const body = new WireBuffer();
  body.int16(error).list(VERSIONS, ([key, version]) => body.int16(key).int16(version).int16(version));
  return body;
}
