import { TempoProblem } from '../problem.ts';

const PAIR = /([^\s="]+)(?:=("(?:[^"\\]|\\.)*"|[^\s"]*))?(?=\s|$)\s*/y;

/** Parses pairs of keys and values: `service.name=cart http.url="/a b"`. */
export function parseLogfmt(text: string): readonly (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  PAIR.lastIndex = text.length - text.trimStart().length;
  while (PAIR.lastIndex < text.length) {
    const at = PAIR.lastIndex;
    const [match, key = '', value = ''] = PAIR.exec(text) ?? [];
    if (match === undefined)
      throw new TempoProblem(400, `invalid tags: unexpected ${JSON.stringify(text.charAt(at))} at pos ${at + 1}`);
    pairs.push([key, value.startsWith('"') ? unquoted(value) : value]);
  }
  return pairs;
}

function unquoted(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    throw new TempoProblem(400, `invalid tags: invalid quoted value ${text}`);
  }
}
