/**
 * Converts a string such as `my_metric` to `MyMetric`, like the package that the Collector uses (`iancoleman/strcase`):
 * characters other than ASCII letters and digits are dropped.
 */
export function toCamelCase(text: string): string {
  const source = text.trim() === 'ID' ? 'id' : text.trim();
  let result = '';
  let capitalizes = true;
  let afterUpper = false;
  for (const character of source) {
    const kind = kindOf(character);
    if (kind === 'lower' || kind === 'upper') {
      if (capitalizes) result += character.toUpperCase();
      else result += afterUpper && kind === 'upper' ? character.toLowerCase() : character;
      capitalizes = false;
    } else if (kind === 'digit') {
      result += character;
      capitalizes = true;
    } else {
      capitalizes = '_ -.'.includes(character);
    }
    afterUpper = kind === 'upper';
  }
  return result;
}

/** Converts a string such as `HTTPServer2` to `http_server_2`, like the package that the Collector uses. */
export function toSnakeCase(text: string): string {
  const characters = [...text.trim()];
  let result = '';
  for (const [index, character] of characters.entries()) {
    const kind = kindOf(character);
    const next = kindOf(characters[index + 1] ?? '');
    const endsAcronym = kind === 'upper' && next === 'lower' && kindOf(characters[index - 1] ?? '') === 'upper';
    if (endsAcronym) result += '_';
    result += ' _-.'.includes(character) ? '_' : kind === 'upper' ? character.toLowerCase() : character;
    if (kind !== 'other' && next !== 'other' && kind !== next && !(kind === 'upper' && next === 'lower')) result += '_';
  }
  return result;
}

function kindOf(character: string): 'upper' | 'lower' | 'digit' | 'other' {
  if (character >= 'A' && character <= 'Z') return 'upper';
  if (character >= 'a' && character <= 'z') return 'lower';
  return character >= '0' && character <= '9' ? 'digit' : 'other';
}
