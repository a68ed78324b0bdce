import { Buffer } from 'node:buffer';

/** Labels of an alert, by name. */
export type LabelSet = Readonly<Record<string, string>>;

const SEPARATOR = 0xff;

/**
 * Returns the fingerprint that identifies an alert: 16 hexadecimal digits. It is Prometheus' fingerprint of a label set,
 * FNV-1a over the sorted names and values.
 */
export function fingerprintOf(labels: LabelSet): string {
  const names = sortedNames(labels);
  if (names.length === 0) return EMPTY;
  // The 64-bit state in two halves, because a BigInt for each byte takes much longer.
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  const add = (byte: number): void => {
    low = (low ^ byte) >>> 0;
    // The prime is 2^40 + 0x1b3.
    const product = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / 2 ** 32) + (low << 8)) >>> 0;
    low = product >>> 0;
  };
  for (const name of names) {
    for (const byte of Buffer.from(name)) add(byte);
    add(SEPARATOR);
    for (const byte of Buffer.from(labels[name] ?? '')) add(byte);
    add(SEPARATOR);
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}

const EMPTY = 'cbf29ce484222325';

/** Returns the names in the order of Go's strings. */
export function sortedNames(labels: LabelSet): readonly string[] {
  return Object.keys(labels).sort(compareText);
}

/** Compares texts by their code points, as Go compares strings by their bytes. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return isOrdered(a) && isOrdered(b) ? (a < b ? -1 : 1) : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Whether the order of UTF-16 units is that of code points. */
function isOrdered(text: string): boolean {
  return !/[\ud800-\uffff]/.test(text);
}

/** Compares label sets as Prometheus does: by size, then by the values of their names in order. */
export function compareLabels(a: LabelSet, b: LabelSet): number {
  const [left, right] = [sortedNames(a), sortedNames(b)];
  if (left.length !== right.length) return left.length - right.length;
  const names = [...new Set([...left, ...right])].sort(compareText);
  for (const name of names) {
    const [x, y] = [a[name], b[name]];
    if (x === undefined) return -1;
    if (y === undefined) return 1;
    const order = compareText(x, y);
    if (order !== 0) return order;
  }
  return 0;
}

/** Compares alerts by `job`, `instance`, then all labels, as Alertmanager orders the alerts of a notification. */
export function compareAlertLabels(a: LabelSet, b: LabelSet): number {
  for (const name of ['job', 'instance']) {
    const [x, y] = [a[name], b[name]];
    if (x === undefined && y === undefined) continue;
    if (x === undefined) return 1;
    if (y === undefined) return -1;
    if (x !== y) return compareText(x, y);
  }
  return compareLabels(a, b);
}

/** Formats labels as Prometheus does: `{alertname="Down", job="api"}`. */
export function formatLabels(labels: LabelSet): string {
  return `{${sortedNames(labels)
    .map((name) => `${name}=${quote(labels[name] ?? '')}`)
    .join(', ')}}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\v': '\\v',
};

/** Quotes a text as Go does. */
export function quote(text: string): string {
  const escaped = text.replace(/[\\"\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu, (char) => {
    const known = ESCAPES[char];
    if (known !== undefined) return known;
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
    const hex = code.toString(16);
    return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
  });
  return `"${escaped}"`;
}
