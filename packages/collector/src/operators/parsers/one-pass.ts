/** A piece of an expression: a group's parenthesis, or an atom with its repetition. */
const PIECE =
  /(?<open>\((?:\?(?:P?<[A-Za-z_]\w*>|:))?(?!\?))|(?<close>\)(?![*+?{]))|(?<atom>\\[dDwWsS]|\\[^\w\s]|\[\^?(?:\\[dws]|\\[^\w\s]|[^\]\\[\n])+\]|\.|[^\\^$.*+?()[\]{}|\n])(?<repeat>(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\})?)(?![*+?{])/uy;

/** The characters of an atom: the ASCII ones, and whether it has others. */
interface Characters {
  readonly ascii: readonly boolean[];
  readonly hasOthers: boolean;
}

interface Atom extends Characters {
  readonly isVariable: boolean;
  readonly canBeEmpty: boolean;
}

/** JavaScript's classes have characters beyond ASCII, and its dot excludes other line ends. */
const CLASSES: Readonly<Record<string, string>> = {
  '\\s': '[\\t\\n\\f\\r ]',
  '\\S': '[^\\t\\n\\f\\r ]',
  '.': '[^\\n]',
};
const MAX_LENGTH = 2000;

/**
 * Returns JavaScript's expression for an anchored one of RE2 in which each repetition ends at a character that cannot
 * continue it, so that it never backtracks; `undefined` for others. It is for texts without surrogates.
 */
export function onePassExpression(source: string): RegExp | undefined {
  if (!source.startsWith('^') || source.length > MAX_LENGTH) return undefined;
  const isWhole = /(?<!\\)\$$/.test(source);
  const end = isWhole ? source.length - 1 : source.length;
  const atoms: Atom[] = [];
  let expression = '^';
  let depth = 0;
  for (let at = 1; at < end; at = PIECE.lastIndex) {
    PIECE.lastIndex = at;
    const { open, close, atom, repeat = '' } = PIECE.exec(source)?.groups ?? {};
    if (open !== undefined) {
      depth++;
      expression += open.replace('?P<', '?<');
    } else if (close !== undefined) {
      depth--;
      expression += close;
    } else if (atom !== undefined) {
      const translated = CLASSES[atom] ?? atom.replace(/\\s/g, '\\t\\n\\f\\r ');
      atoms.push({ ...charactersOf(translated), ...repetitionOf(repeat) });
      expression += translated + repeat;
    } else {
      return undefined;
    }
    if (depth < 0 || PIECE.lastIndex > end) return undefined;
  }
  if (depth !== 0 || !atoms.every((_, index) => endsAtOther(atoms, index))) return undefined;
  return new RegExp(isWhole ? `${expression}$` : expression);
}

function repetitionOf(repeat: string): Pick<Atom, 'isVariable' | 'canBeEmpty'> {
  const [min, max] = /^\{(\d+)(?:,(\d*))?\}$/.exec(repeat)?.slice(1) ?? [];
  const isExact = repeat === '' || (min !== undefined && max === undefined);
  return { isVariable: !isExact, canBeEmpty: repeat === '*' || repeat === '?' || Number(min) === 0 };
}

function charactersOf(atom: string): Characters {
  const expression = new RegExp(`^${atom}$`);
  return {
    ascii: Array.from({ length: 128 }, (_, code) => expression.test(String.fromCharCode(code))),
    hasOthers: /^\[\^|^\\[DWS]/.test(atom) || [...atom].some((character) => character > '\u007f'),
  };
}

/** Reports whether what follows a repetition cannot continue it. */
function endsAtOther(atoms: readonly Atom[], index: number): boolean {
  const atom = atoms[index] as Atom;
  if (!atom.isVariable) return true;
  for (const next of atoms.slice(index + 1)) {
    if ((atom.hasOthers && next.hasOthers) || atom.ascii.some((has, code) => has && next.ascii[code])) return false;
    if (!next.canBeEmpty) return true;
  }
  return true;
}
