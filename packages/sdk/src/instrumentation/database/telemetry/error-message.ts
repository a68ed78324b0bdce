/**
 * Returns an error message without values. Databases quote them in messages, such as the value of a duplicate key, and
 * some do not escape quotes in it. So everything from a quote that does not start a name to the last such quote is
 * removed. A name is what `known` contains, a statement without literals.
 */
export function messageWithoutValues(message: string, known: string): string {
  const names = new Set(known.match(NAME));
  // MongoDB has documents in messages, and MySQL the rest of the statement.
  const shortened = message.replace(/\{[\s\S]*\}/, '{ ? }').replace(/near '[\s\S]*' at line/, "near '?' at line");
  return withoutQuoted(shortened, names);
}

function withoutQuoted(message: string, names: ReadonlySet<string>): string {
  const isName = (text: string) => text !== '' && text.split('.').every((part) => names.has(part));
  for (const { index, 0: text } of message.matchAll(QUOTED)) {
    if (isName(text.slice(1, -1)) && !/[\p{L}\p{N}'"`]/u.test(message[index + text.length] ?? '')) continue;
    const quote = text[0] as string;
    const last = message.lastIndexOf(quote);
    const rest = last > index ? withoutQuoted(message.slice(last + 1), names) : '';
    return `${message.slice(0, index)}${quote}?${quote}${rest}`;
  }
  return message;
}

const NAME = /[\p{L}\p{N}_$]+/gu;
/** A text in quotes, or up to the end. An apostrophe in a word (`doesn't`) does not start one. */
const QUOTED = /(?<![\p{L}\p{N}])'[^']*(?:'|$)|"[^"]*(?:"|$)|`[^`]*(?:`|$)/gu;
