/** A sensitive value in a line. Offsets are in bytes of UTF-8. */
export interface LabelledValue {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** A line and the sensitive values in it. */
export interface LabelledLine {
  readonly text: string;
  readonly values: readonly LabelledValue[];
}

/** A part of a line: plain text, or a value with its label. */
export type Piece = string | { readonly name: string; readonly text: string };

/** Joins pieces to a line. `encode` is applied to each piece, as a format escapes what it contains. */
export function lineOf(pieces: readonly Piece[], encode: (text: string) => string = (text) => text): LabelledLine {
  let text = '';
  const values: LabelledValue[] = [];
  for (const piece of pieces) {
    const start = Buffer.byteLength(text);
    text += encode(typeof piece === 'string' ? piece : piece.text);
    if (typeof piece !== 'string') values.push({ name: piece.name, start, end: Buffer.byteLength(text) });
  }
  return { text, values };
}

/** Puts a line between two texts. */
export function framed(before: string, line: LabelledLine, after: string): LabelledLine {
  const shift = Buffer.byteLength(before);
  return {
    text: before + line.text + after,
    values: line.values.map(({ name, start, end }) => ({ name, start: start + shift, end: end + shift })),
  };
}

/** Escapes a text as JSON does, without the quotation marks. */
export function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Escapes a text as JSON that allows ASCII only, as Python writes it. */
export function inAsciiJson(text: string): string {
  return inJson(text).replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Encodes a text as a value of a query string. */
export function inUrl(text: string): string {
  return encodeURIComponent(text);
}

/** Encodes a text as a form does: spaces as plus signs. */
export function inForm(text: string): string {
  return encodeURIComponent(text).replaceAll('%20', '+');
}
