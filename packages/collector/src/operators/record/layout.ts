/** An element of a time layout. Numbers that are not fixed have one or two digits. */
export type LayoutElement =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly part: NumberPart; readonly isFixed: boolean; readonly skipsSpace: boolean }
  | { readonly kind: 'year'; readonly digits: 2 | 4; readonly skipsSpace: boolean }
  /** `/` and a year of four or two digits. */
  | { readonly kind: 'anyYear' }
  | { readonly kind: 'monthName' | 'weekdayName'; readonly isShort: boolean }
  | { readonly kind: 'halfOfDay'; readonly isUpper: boolean }
  | { readonly kind: 'fraction'; readonly digits: number; readonly isOptional: boolean }
  | { readonly kind: 'zoneName' }
  /** One of several formats of an offset, such as `Z07:00`. */
  | { readonly kind: 'offset'; readonly formats: readonly string[] };

/** A number of a time. Hours of 12 begin with 1. */
export type NumberPart = 'month' | 'day' | 'hour' | 'hour12' | 'minute' | 'second' | 'yearDay';

const number = (part: NumberPart, isFixed = false, skipsSpace = false): LayoutElement => ({
  kind: 'number',
  part,
  isFixed,
  skipsSpace,
});
const text = (content: string): LayoutElement => ({ kind: 'text', text: content });

/** The elements of layouts as in Go's package `time`, longest first. */
const GO_ELEMENTS: readonly (readonly [string, LayoutElement])[] = [
  ['January', { kind: 'monthName', isShort: false }],
  ['Jan', { kind: 'monthName', isShort: true }],
  ['Monday', { kind: 'weekdayName', isShort: false }],
  ['Mon', { kind: 'weekdayName', isShort: true }],
  ['MST', { kind: 'zoneName' }],
  ['2006', { kind: 'year', digits: 4, skipsSpace: false }],
  ['_2006', text('_')],
  ['__2', number('yearDay', true, true)],
  ['002', number('yearDay', true)],
  ['_2', number('day', false, true)],
  ['01', number('month', true)],
  ['02', number('day', true)],
  ['03', number('hour12', true)],
  ['04', number('minute', true)],
  ['05', number('second', true)],
  ['06', { kind: 'year', digits: 2, skipsSpace: false }],
  ['15', number('hour')],
  ['1', number('month')],
  ['2', number('day')],
  ['3', number('hour12')],
  ['4', number('minute')],
  ['5', number('second')],
  ['PM', { kind: 'halfOfDay', isUpper: true }],
  ['pm', { kind: 'halfOfDay', isUpper: false }],
  ...['Z07:00:00', 'Z07:00', 'Z070000', 'Z0700', 'Z07', '-07:00:00', '-07:00', '-070000', '-0700', '-07'].map(
    (format): readonly [string, LayoutElement] => [format, { kind: 'offset', formats: [format] }],
  ),
];

const FRACTION = /^[.,](0+|9+)(?!\d)/;

/** Splits a layout of Go's package `time`, such as `2006-01-02T15:04:05.999Z07:00`. */
export function goLayout(layout: string): LayoutElement[] {
  const elements: LayoutElement[] = [];
  let literal = '';
  const add = (element: LayoutElement) => {
    if (literal !== '') elements.push(text(literal));
    literal = '';
    elements.push(element);
  };
  for (let at = 0; at < layout.length; ) {
    const rest = layout.slice(at);
    const fraction = FRACTION.exec(rest)?.[1];
    if (fraction !== undefined) {
      add({ kind: 'fraction', digits: fraction.length, isOptional: fraction.startsWith('9') });
      at += fraction.length + 1;
      continue;
    }
    const found = GO_ELEMENTS.find(([code]) => rest.startsWith(code));
    // A month name of three letters that continues in lower case is a word.
    const isOrdinary =
      found !== undefined && (found[0] === 'Jan' || found[0] === 'Mon') && /^[a-z]/.test(rest.slice(3));
    if (found === undefined || isOrdinary) {
      literal += layout[at] as string;
      at += 1;
    } else if (found[0] === '_2006') {
      literal += '_';
      at += 1;
    } else {
      add(found[1]);
      at += found[0].length;
    }
  }
  if (literal !== '') elements.push(text(literal));
  return elements;
}

const loose = (part: NumberPart) => number(part, false, true);

const DIRECTIVES: Readonly<Record<string, readonly LayoutElement[]>> = {
  Y: [{ kind: 'year', digits: 4, skipsSpace: true }],
  y: [{ kind: 'year', digits: 2, skipsSpace: true }],
  m: [loose('month')],
  o: [loose('month')],
  q: [loose('month')],
  b: [{ kind: 'monthName', isShort: true }],
  h: [{ kind: 'monthName', isShort: true }],
  B: [{ kind: 'monthName', isShort: false }],
  d: [loose('day')],
  e: [loose('day')],
  g: [loose('day')],
  a: [{ kind: 'weekdayName', isShort: true }],
  A: [{ kind: 'weekdayName', isShort: false }],
  H: [loose('hour')],
  l: [loose('hour12')],
  I: [loose('hour12')],
  p: [{ kind: 'halfOfDay', isUpper: true }],
  P: [{ kind: 'halfOfDay', isUpper: false }],
  M: [loose('minute')],
  S: [loose('second')],
  L: [{ kind: 'fraction', digits: 3, isOptional: true }],
  f: [{ kind: 'fraction', digits: 6, isOptional: true }],
  s: [{ kind: 'fraction', digits: 9, isOptional: true }],
  Z: [{ kind: 'zoneName' }],
  z: [{ kind: 'offset', formats: ['Z0700', 'Z07:00', 'Z07'] }],
  w: [{ kind: 'offset', formats: ['-070000'] }],
  i: [{ kind: 'offset', formats: ['-07'] }],
  j: [{ kind: 'offset', formats: ['-07:00'] }],
  k: [{ kind: 'offset', formats: ['-07:00:00'] }],
  D: [loose('month'), text('/'), loose('day'), { kind: 'anyYear' }],
  x: [loose('month'), text('/'), loose('day'), { kind: 'anyYear' }],
  n: [text('\n')],
  t: [text('\t')],
  '%': [text('%')],
};
const COMPOSITES: Readonly<Record<string, string>> = {
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  X: '%H:%M:%S',
  r: '%I:%M:%S %P',
  R: '%H:%M',
  c: '%a %b %d %H:%M:%S %Y',
};

/** Splits a layout with directives such as `%Y`. Returns a message for the user if it is invalid. */
export function strptimeLayout(layout: string): LayoutElement[] | string {
  if (/\d/.test(layout)) return `expected no digits in a strptime layout, got "${layout}"`;
  const elements: LayoutElement[] = [];
  for (const [token, letter] of layout.matchAll(/%(.)|%$|[^%]+/gsu)) {
    const added = letter === undefined ? [text(token)] : directive(token, letter);
    if (typeof added === 'string') return added;
    if (added[0]?.kind === 'fraction' && !removeSeparator(elements))
      return `expected "." or "," before fractions of a second in "${layout}"`;
    elements.push(...added);
  }
  return elements;
}

function directive(token: string, letter: string): readonly LayoutElement[] | string {
  const composite = Object.hasOwn(COMPOSITES, letter) ? COMPOSITES[letter] : undefined;
  if (composite !== undefined) return strptimeLayout(composite);
  const found = Object.hasOwn(DIRECTIVES, letter) ? DIRECTIVES[letter] : undefined;
  return found ?? `expected a time directive such as %Y, got "${token}"`;
}

/** Removes the separator before a fraction from the preceding text. Returns false if there is none. */
function removeSeparator(elements: LayoutElement[]): boolean {
  const last = elements.pop();
  if (last?.kind !== 'text' || !/[.,]$/.test(last.text)) return false;
  if (last.text.length > 1) elements.push(text(last.text.slice(0, -1)));
  return true;
}
