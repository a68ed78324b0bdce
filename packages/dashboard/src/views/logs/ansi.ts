/** A piece of text with the same color and weight. */
export interface AnsiPiece {
  readonly text: string;
  /** Number of the color, 0 to 7 as in ANSI. */
  readonly color: number | undefined;
  readonly bold: boolean;
}

/** Escape sequences: those for colors have parameters and end with `m`. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character
const SEQUENCE = /\u001b\[([0-9;:?]*)([@-~])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[@-_]?/g;

/** Splits text at its ANSI escape sequences, which are removed. Only colors and weight are kept. */
export function ansiPieces(text: string): readonly AnsiPiece[] {
  const pieces: AnsiPiece[] = [];
  let [from, color, bold] = [0, undefined as number | undefined, false];
  const take = (to: number): void => {
    if (to > from) pieces.push({ text: text.slice(from, to), color, bold });
  };
  for (const match of text.matchAll(SEQUENCE)) {
    take(match.index);
    from = match.index + match[0].length;
    if (match[2] === 'm') ({ color, bold } = styleAfter(match[1] ?? '', { color, bold }));
  }
  take(text.length);
  return pieces;
}

/** Removes escape sequences. */
export function withoutAnsi(text: string): string {
  return text.includes('\u001b') ? text.replace(SEQUENCE, '') : text;
}

interface Style {
  readonly color: number | undefined;
  readonly bold: boolean;
}

function styleAfter(parameters: string, style: Style): Style {
  const codes = parameters.split(/[;:]/).map(Number);
  let next = style;
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0;
    // Colors of a palette or of red, green and blue have more parameters; they are shown without color.
    if (code === 38 || code === 48) index += codes[index + 1] === 5 ? 2 : 4;
    else next = withCode(next, code);
  }
  return next;
}

function withCode(style: Style, code: number): Style {
  if (code === 0) return { color: undefined, bold: false };
  if (code === 1 || code === 22) return { ...style, bold: code === 1 };
  if (code === 39) return { ...style, color: undefined };
  const isColor = (code >= 30 && code <= 37) || (code >= 90 && code <= 97);
  return isColor ? { ...style, color: code % 10 } : style;
}
