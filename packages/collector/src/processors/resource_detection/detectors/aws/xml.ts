/**
 * Reads AWS Query API XML, which consists of elements with text: no relevant attributes, no CDATA. An element that
 * contains elements of the same name, such as nested `item`s, is read as a whole.
 */

/** Returns the text of the first element with the given name. */
export function xmlText(xml: string, name: string): string | undefined {
  const inner = xmlElements(xml, name)[0];
  return inner === undefined ? undefined : unescapeText(inner);
}

/** Returns the contents of the outermost elements with the given name. */
export function xmlElements(xml: string, name: string): string[] {
  const elements: string[] = [];
  let depth = 0;
  let from = 0;
  for (const { 0: tag, 1: slash, 2: found, 3: selfClosing, index } of xml.matchAll(
    /<(\/?)([A-Za-z][\w.-]*)[^<>]*?(\/?)>/g,
  )) {
    if (found !== name) continue;
    if (selfClosing === '/') {
      if (depth === 0) elements.push('');
    } else if (slash === '') {
      if (depth++ === 0) from = index + tag.length;
    } else if (--depth === 0) {
      elements.push(xml.slice(from, index));
    }
  }
  return elements;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescapeText(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]+));/gi, (whole, hex, decimal, name) => {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    if (name !== undefined) return ENTITIES[name] ?? whole;
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
