import { EvaluationError } from '../../values/value.ts';

/** An element of an XML document, or the document itself, whose name is empty. */
export interface XmlElement {
  readonly kind: 'element';
  name: string;
  attributes: XmlAttribute[];
  children: XmlNode[];
  parent: XmlElement | undefined;
}

/** An attribute of an XML element. */
export interface XmlAttribute {
  readonly kind: 'attribute';
  readonly name: string;
  readonly text: string;
  readonly parent: XmlElement;
}

/** Text, a CDATA section, a comment, or another part of a document, such as its declaration. */
export interface XmlText {
  readonly kind: 'text' | 'cdata' | 'comment' | 'other';
  text: string;
  parent: XmlElement | undefined;
}

/** A node in an XML document. */
export type XmlNode = XmlElement | XmlText;

const MAX_XML_DEPTH = 10_000;
const NAME = '[A-Za-z_:\\u00c0-\\uffff][\\w:.\\-\\u00b7-\\uffff]*';
const TOKEN = new RegExp(
  [
    '<!--[\\s\\S]*?-->',
    '<!\\[CDATA\\[([\\s\\S]*?)\\]\\]>',
    '<\\?[\\s\\S]*?\\?>',
    '<![^>]*>',
    `</(${NAME})\\s*>`,
    `<(${NAME})((?:\\s+${NAME}\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*)\\s*(/?)>`,
    '([^<]+)',
  ].join('|'),
  'y',
);
const ATTRIBUTE = new RegExp(`(${NAME})\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, 'g');

/** Returns an element without a parent. */
export function xmlElement(name: string): XmlElement {
  return { kind: 'element', name, attributes: [], children: [], parent: undefined };
}

/** Adds a node as the last child. */
export function addChild(parent: XmlElement, child: XmlNode): void {
  child.parent = parent;
  parent.children.push(child);
}

/** Parses an XML document. Throws an `EvaluationError` if the string is not XML. */
export function parseXml(text: string): XmlElement {
  const document = xmlElement('');
  let open = document;
  let depth = 0;
  for (let at = 0; at < text.length; ) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) throw new EvaluationError(`expected XML, got "${text.slice(at, at + 20)}"`);
    at = TOKEN.lastIndex;
    const next = add(match, open);
    if (next !== open) depth += next === open.parent ? -1 : 1;
    if (depth > MAX_XML_DEPTH) throw new EvaluationError(`expected at most ${MAX_XML_DEPTH} nested elements`);
    open = next;
  }
  if (open !== document) throw new EvaluationError(`expected </${open.name}>, got the end`);
  if (!document.children.some(({ kind }) => kind === 'element')) throw new EvaluationError('expected an XML element');
  return document;
}

/** Adds a token to the open element and returns the element that is open afterwards. */
function add(match: RegExpExecArray, open: XmlElement): XmlElement {
  const [token, cdata, closed, name, attributes = '', selfClosing, text] = match;
  if (closed !== undefined) {
    if (open.name !== closed || open.parent === undefined)
      throw new EvaluationError(
        `expected the end of ${open.name === '' ? 'the document' : open.name}, got </${closed}>`,
      );
    return open.parent;
  }
  if (name !== undefined) {
    const element = xmlElement(name);
    element.attributes = attributesOf(attributes, element);
    addChild(open, element);
    return selfClosing === '' ? element : open;
  }
  addChild(open, textNode(token, cdata, text, open));
  return open;
}

function textNode(token: string, cdata: string | undefined, text: string | undefined, parent: XmlElement): XmlText {
  if (text !== undefined) return { kind: 'text', text: decodeEntities(text), parent };
  if (cdata !== undefined) return { kind: 'cdata', text: cdata, parent };
  return { kind: token.startsWith('<!--') ? 'comment' : 'other', text: token, parent };
}

function attributesOf(text: string, parent: XmlElement): XmlAttribute[] {
  return [...text.matchAll(ATTRIBUTE)].map(([, name = '', double, single]) => ({
    kind: 'attribute',
    name,
    text: decodeEntities(double ?? single ?? ''),
    parent,
  }));
}

/** Returns the name without its namespace. */
export function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** Formats the contents of an element as XML. */
export function formatXml({ children }: XmlElement): string {
  return children.map(formatNode).join('');
}

function formatNode(node: XmlNode): string {
  switch (node.kind) {
    case 'text':
      return escapeXml(node.text);
    case 'cdata':
      return `<![CDATA[${node.text}]]>`;
    case 'comment':
    case 'other':
      return node.text;
    case 'element': {
      const attributes = node.attributes.map(({ name, text }) => ` ${name}="${escapeXml(text)}"`).join('');
      return `<${node.name}${attributes}>${formatXml(node)}</${node.name}>`;
    }
  }
}

const XML_ESCAPES: Readonly<Record<string, string>> = {
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};

function escapeXml(text: string): string {
  return text.replace(/["'&<>\t\n\r]/g, (character) => XML_ESCAPES[character] ?? character);
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w+));?/g,
    (whole, hex?: string, decimal?: string, name = '') => {
      const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      const isNumeric = hex !== undefined || decimal !== undefined;
      const character = isNumeric ? (point <= 0x10_ffff ? String.fromCodePoint(point) : undefined) : ENTITIES[name];
      if (character === undefined || !whole.endsWith(';'))
        throw new EvaluationError(`expected an entity, got "${whole}"`);
      return character;
    },
  );
}
