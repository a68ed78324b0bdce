/** Encoded samples of a series. */
export interface Chunk {
  readonly type: 'xor' | 'floatHistogram';
  readonly minTime: number;
  readonly maxTime: number;
  readonly data: Uint8Array;
}
