/** A part of a message: constant text, or a value that differs between occurrences. */
export interface MessagePart {
  readonly text: string;
  readonly isVariable: boolean;
}

/**
 * What varies in a message: UUIDs, URLs, e-mail addresses, quoted text, and words with digits, such as IDs, addresses and
 * numbers with their units. HTTP status codes that fail are constant, because they say what happened. Each alternative
 * matches in linear time, because what comes before a digit or an `@` is tried from each of its characters, and bounded.
 */
const VARIABLE =
  /https?:\/\/[^\s"'<>]+|[\w.+-]{1,64}@[\w-]+\.[\w.-]+|"[^"]{0,200}"|(?<![\p{L}\d])'[^'\s][^']{0,200}'|`[^`]{0,200}`|[A-Za-z0-9_:/-]{0,100}\d[\w:./-]*(?: ?(?:ns|µs|us|ms|s|min|h|d|B|kB|KB|MB|GB|KiB|MiB|GiB|%)(?![\w]))?/gu;
const FAILED_STATUS = /^[45]\d\d[.:]?$/;

/** Splits a message into constant and variable parts. `areStatusesConstant` says whether HTTP status codes that fail are constant. */
export function splitMessage(message: string, areStatusesConstant = true): readonly MessagePart[] {
  const parts: MessagePart[] = [];
  const add = (text: string, isVariable: boolean): void => {
    const last = parts.at(-1);
    if (text === '') return;
    if (last?.isVariable === isVariable) parts[parts.length - 1] = { text: last.text + text, isVariable };
    else parts.push({ text, isVariable });
  };
  let end = 0;
  for (const match of message.matchAll(VARIABLE)) {
    // Punctuation after a value is constant.
    const text = match[0].replace(/[.:/-]+$/, '');
    add(message.slice(end, match.index), false);
    add(text, !(areStatusesConstant && FAILED_STATUS.test(text)));
    end = match.index + text.length;
  }
  add(message.slice(end), false);
  return parts;
}

/** Returns the text that messages with the same constant parts have in common. */
export function templateOf(parts: readonly MessagePart[]): string {
  return parts.map(({ text, isVariable }) => (isVariable ? '<*>' : text)).join('');
}

/** Returns the longest constant part of a message, with which its telemetry is found. */
export function longestConstant(parts: readonly MessagePart[]): string {
  const constants = parts.filter(({ isVariable }) => !isVariable).map(({ text }) => text.trim());
  return constants.reduce((longest, text) => (text.length > longest.length ? text : longest), '');
}
