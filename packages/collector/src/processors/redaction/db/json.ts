const PLACEHOLDER = '"?"';

/**
 * Replaces all values in a JSON string with `"?"` and removes whitespace. A string that is not JSON is returned
 * unchanged.
 */
export function obfuscateJson(text: string): string {
  if (!isJson(text)) return text;
  const trailing = text.length - text.trimEnd().length;
  let out = '';
  /** Whether each open container is an object. */
  const containers: boolean[] = [];
  let isKey = false;
  for (const [token] of text.matchAll(TOKEN)) {
    switch (token) {
      case '{':
      case '[':
        containers.push(token === '{');
        isKey = token === '{';
        out += token;
        break;
      case '}':
      case ']':
        containers.pop();
        out += token;
        break;
      case ',':
        isKey = containers.at(-1) === true;
        out += token;
        break;
      case ':':
        isKey = false;
        out += token;
        break;
      default:
        out += isKey ? token : PLACEHOLDER;
    }
  }
  return out + text.slice(text.length - trailing);
}

/** A structural character, a string, or another literal. */
const TOKEN = /[{}[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}[\],:"]+/g;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
