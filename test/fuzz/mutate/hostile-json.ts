import type { Random } from '@otelier/testkit/otlp/random';

/** Generates an OTLP/JSON request of up to 4 MiB that maximizes the receiver's work. */
export function hostileJson(random: Random): Uint8Array {
  const size = 2 ** (14 + random(9)) - 256;
  const make = MAKERS[random(MAKERS.length)];
  return Buffer.from(make?.(size) ?? '');
}

const MAKERS: readonly ((size: number) => string)[] = [
  // Unknown members that are deep, wide or long.
  (size) => span(`"x":${'['.repeat(size / 2)}${']'.repeat(size / 2)}`),
  (size) => span(`"x":${'{"a":'.repeat(size / 6)}1${'}'.repeat(size / 6)}`),
  (size) => span(filled(size, '"x":0,')),
  (size) => span(`"x":"${'\\u0041'.repeat(size / 6)}"`),
  // Very long numbers and strings.
  (size) => span(`"startTimeUnixNano":1.${'0'.repeat(size)}`),
  (size) => span(`"startTimeUnixNano":"${'0'.repeat(size)}1"`),
  (size) => span(`"startTimeUnixNano":1e${'0'.repeat(size)}1`),
  (size) => value(`{"doubleValue":0.${'1'.repeat(size)}}`),
  (size) => value(`{"doubleValue":"${'9'.repeat(size)}e-9"}`),
  (size) => value(`{"stringValue":"${'\\n'.repeat(size / 2)}"}`),
  (size) => value(`{"bytesValue":"${'QUFB'.repeat(size / 4)}"}`),
  (size) => value(`{"bytesValue":"${'QUFB'.repeat(size / 4)}*"}`),
  // Many small values, and nested lists.
  (size) => span(`"attributes":[${filled(size, '{"key":"","value":{}},')}]`),
  (size) => `{"resourceSpans":[{"scopeSpans":[{"spans":[${filled(size, '{},')}]}]}]}`,
  (size) => value(`${'{"arrayValue":{"values":['.repeat(size / 30)}${']}}'.repeat(size / 30)}`),
  // Whitespace, line breaks, and an error at the very end.
  (size) => `${'\n'.repeat(size)}x`,
  (size) => span(`"name":"${'é'.repeat(size / 2)}"`).slice(0, -3),
  (size) => span(`"name":"${'a'.repeat(size)}`),
  (size) => span(`"name":${'7'.repeat(size)}`),
];

function span(members: string): string {
  return `{"resourceSpans":[{"scopeSpans":[{"spans":[{${members}}]}]}]}`;
}

function value(json: string): string {
  return span(`"attributes":[{"key":"k","value":${json}}]`);
}

function filled(size: number, piece: string): string {
  return piece.repeat(Math.max(1, size / piece.length)).slice(0, -1);
}
