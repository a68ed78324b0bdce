/** Numbers strings from 0 in the order in which they are first seen. */
export class StringTable {
  readonly all: string[] = [];
  /** Total length of the strings. */
  length = 0;
  readonly #numbers = new Map<string, number>();

  add(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.all.length;
      this.all.push(text);
      this.length += text.length;
      this.#numbers.set(text, number);
    }
    return number;
  }
}
