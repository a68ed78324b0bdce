/**
 * Returns an error message without values. Databases quote them in messages, such as the value of a duplicate key. What
 * is in `known`, a statement without literals, is a name and remains.
 */
export function messageWithoutValues(message: string, known: string): string {
  const names = new Set(known.match(NAME));
  const isName = (text: string) => text !== '' && text.split('.').every((part) => names.has(part));
  return (
    message
      // A syntax error of MySQL quotes the rest of the statement, which may contain quotes, and one of MongoDB a document.
      .replace(/near '[\s\S]*' at line/, "near '?' at line")
      .replace(/\{[\s\S]*\}/, '{ ? }')
      .replace(QUOTED, (text: string) => (isName(text.slice(1, -1)) ? text : `${text[0]}?${text[0]}`))
  );
}

const NAME = /[\p{L}\p{N}_$]+/gu;
/** A text in quotes, which may be doubled, or up to the end. An apostrophe in a word (`doesn't`) does not start one. */
const QUOTED = /(?<![\p{L}\p{N}])'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|`[^`]*(?:`|$)/gu;
