/** A text of the output that is written as it is: it refers to variables. Other texts are escaped. */
export class RawText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A text of the output. */
export type OutputText = string | RawText;

/** Escapes the dollar signs of a text that a configuration would expand. */
export function escapeText(text: string): string {
  return text.replace(/\$(?=[${])/g, '$$$$');
}

/** Joins texts. */
export function joinTexts(...texts: readonly OutputText[]): OutputText {
  if (texts.every((text) => typeof text === 'string')) return texts.join('');
  return new RawText(texts.map((text) => (typeof text === 'string' ? escapeText(text) : text.text)).join(''));
}
