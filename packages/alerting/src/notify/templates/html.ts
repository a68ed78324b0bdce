import { Buffer } from 'node:buffer';
import { type Escaper, METHODS, type Methods, printValue, type Value } from '@otelier/query/go-template';

/** A text that a template declares to be safe as HTML or as a URL. */
export class SafeText extends Map<string, Value> {
  readonly type: 'html' | 'url';
  readonly text: string;

  constructor(type: 'html' | 'url', text: string) {
    super();
    this.type = type;
    this.text = text;
  }

  readonly [METHODS]: Methods = { String: [0, (value) => (value as SafeText).text] };
}

/** Where an output of HTML is: in a text, a tag, the value of an attribute, a script or a style. */
type Place =
  | { readonly kind: 'text' | 'tag' | 'comment' }
  | { readonly kind: 'raw'; readonly element: string }
  | { readonly kind: 'value'; readonly quote: string; readonly isUrl: boolean; readonly element: string };

const URL_ATTRIBUTES = new Set(['href', 'src', 'action', 'background', 'cite', 'formaction', 'poster']);

/**
 * Escapes values in HTML by their place, as Go's `html/template` does: as text, as the value of an attribute, or as a
 * URL, of which unsafe schemes are replaced.
 */
export function createHtmlEscaper(): Escaper {
  let place: Place = { kind: 'text' };
  let element = '';
  let attribute = '';
  /** Whether the value of a URL attribute has begun, and whether its query or fragment has. */
  let hasValue = false;
  let isQuery = false;

  const advance = (text: string): void => {
    for (let at = 0; at < text.length; ) at = step(text, at);
  };

  const step = (text: string, at: number): number => {
    const rest = text.slice(at);
    switch (place.kind) {
      case 'text':
        return inText(rest, at);
      case 'comment':
        return leave(rest, at, '-->', { kind: 'text' });
      case 'raw': {
        element = '';
        return leave(rest.toLowerCase(), at, `</${place.element}`, { kind: 'tag' });
      }
      case 'tag':
        return inTag(rest, at);
      case 'value':
        return inValue(rest, at, place.quote);
    }
  };

  /** Goes on behind the end of a place, or to the end of the text. */
  const leave = (rest: string, at: number, end: string, next: Place): number => {
    const index = rest.indexOf(end);
    if (index < 0) return at + rest.length;
    place = next;
    return at + index + end.length;
  };

  const inText = (rest: string, at: number): number => {
    const tag = /<(?:!--|\/?([a-zA-Z][\w-]*))/.exec(rest);
    if (tag === null) return at + rest.length;
    element = (tag[1] ?? '').toLowerCase();
    place = { kind: tag[1] === undefined ? 'comment' : 'tag' };
    attribute = '';
    return at + tag.index + tag[0].length;
  };

  const inValue = (rest: string, at: number, quote: string): number => {
    const end = quote === '' ? rest.search(/[\s>]/) : rest.indexOf(quote);
    if (end !== 0) hasValue = true;
    if (/[?#]/.test(end < 0 ? rest : rest.slice(0, end))) isQuery = true;
    if (end < 0) return at + rest.length;
    place = { kind: 'tag' };
    attribute = '';
    return at + end + quote.length;
  };

  const inTag = (rest: string, at: number): number => {
    if (rest.startsWith('>')) {
      place = element === 'script' || element === 'style' ? { kind: 'raw', element } : { kind: 'text' };
      return at + 1;
    }
    const value = /^\s*=\s*(["']?)/.exec(rest);
    if (value !== null && attribute !== '') {
      place = { kind: 'value', quote: value[1] ?? '', isUrl: URL_ATTRIBUTES.has(attribute), element };
      hasValue = false;
      isQuery = false;
      return at + value[0].length;
    }
    const name = /^[^\s=>"'/]+/.exec(rest);
    if (name === null) return at + 1;
    attribute = name[0].toLowerCase();
    return at + name[0].length;
  };

  const attributeValue = (value: Value, text: string, isUrl: boolean): string => {
    const isStart = !hasValue;
    hasValue = true;
    if (!isUrl) return escapeHtml(text);
    if (isQuery) return encode(text, /[^\w.~-]/gu);
    const isSafe = value instanceof SafeText && value.type === 'url';
    return escapeHtml(encode(isStart && !isSafe ? filterUrl(text) : text, /[^!#$&*+,\-./:;=?@[\]_~%\w]/gu));
  };

  return {
    text: advance,
    value(value) {
      const text = printValue(value);
      const current = place;
      switch (current.kind) {
        case 'text':
          return value instanceof SafeText && value.type === 'html' ? text : escapeHtml(text);
        case 'value':
          return attributeValue(value, text, current.isUrl);
        case 'raw':
          return current.element === 'script' ? escapeScript(text) : 'ZgotmplZ';
        case 'comment':
          return '';
        case 'tag':
          return /^[a-zA-Z][\w-]*$/.test(text) ? text : 'ZgotmplZ';
      }
    },
  };
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
  '+': '&#43;',
  '\0': '\ufffd',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"'+\0]/g, (char) => ESCAPES[char] ?? char);
}

/** A scheme could run a script. */
function filterUrl(url: string): string {
  const scheme = /^([^/:?#]*):/.exec(url)?.[1];
  return scheme === undefined || /^(?:https?|mailto)$/i.test(scheme) ? url : '#ZgotmplZ';
}

/** Escapes the characters that an expression matches for a URL. */
function encode(text: string, characters: RegExp): string {
  return text.replace(characters, (char) =>
    [...Buffer.from(char)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}

/** Returns a text as a string of JavaScript that cannot end the script. */
function escapeScript(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&'\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
