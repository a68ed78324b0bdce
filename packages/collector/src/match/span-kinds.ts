/** Span kind names, indexed by number. */
export const SPAN_KINDS: readonly string[] = [
  'UNSPECIFIED',
  'INTERNAL',
  'SERVER',
  'CLIENT',
  'PRODUCER',
  'CONSUMER',
].map((kind) => `SPAN_KIND_${kind}`);
