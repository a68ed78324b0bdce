/** A piece of an expression: a group's parenthesis, or an atom with its repetition. */
const PIECE =
  /(?<open>\((?:\?(?:P?<(?<name>[A-Za-z_]\w*)>|:))?(?!\?))|(?<close>\)(?![*+?{]))|(?<atom>\\[dDwWsS]|\\[^\w\s]|\[\^?(?:\\[dws]|\\[^\w\s]|[^\]\\[\n])+\]|\.|[^\\^$.*+?()[\]{}|\n])(?<repeat>(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\})?)(?![*+?{])/uy;

/** The characters of an atom: the ASCII ones, and whether it has others. */
interface Characters {
  readonly ascii: readonly boolean[];
  readonly hasOthers: boolean;
}

/** An atom with its repetition. */
interface Atom extends Characters {
  readonly kind: 'characters';
  readonly min: number;
  /** `Infinity` without an upper bound. */
  readonly max: number;
  readonly name?: undefined;
}

/** A piece of an expression. `name` is that of a named group. */
export type Piece =
  | Atom
  | { readonly kind: 'open'; readonly name: string | undefined }
  | { readonly kind: 'close'; readonly name?: undefined };

/** An expression that never backtracks. */
export interface OnePass {
  readonly pieces: readonly Piece[];
  /** Whether it matches whole texts only. */
  readonly isWhole: boolean;
  /** JavaScript's form of it. */
  readonly expression: string;
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
  const found = onePassPieces(source);
  return found && new RegExp(found.expression);
}

/** Returns the pieces of such an expression; `undefined` for others. */
export function onePassPieces(source: string): OnePass | undefined {
  if (!source.startsWith('^') || source.length > MAX_LENGTH) return undefined;
  const isWhole = /(?<!\\)\$$/.test(source);
  const sourceEnd = isWhole ? source.length - 1 : source.length;
  const pieces: Piece[] = [];
  let expression = '^';
  let depth = 0;
  for (let at = 1; at < sourceEnd; at = PIECE.lastIndex) {
    PIECE.lastIndex = at;
    const { open, name, close, atom, repeat = '' } = PIECE.exec(source)?.groups ?? {};
    if (open !== undefined) {
      depth++;
      pieces.push({ kind: 'open', name });
      expression += open.replace('?P<', '?<');
    } else if (close !== undefined) {
      depth--;
      pieces.push({ kind: 'close' });
      expression += close;
    } else if (atom !== undefined) {
      const translated = CLASSES[atom] ?? atom.replace(/\\s/g, '\\t\\n\\f\\r ');
      pieces.push({ kind: 'characters', ...charactersOf(translated), ...repetitionOf(repeat) });
      expression += translated + repeat;
    } else {
      return undefined;
    }
    if (depth < 0 || PIECE.lastIndex > sourceEnd) return undefined;
  }
  const atoms = pieces.filter((piece) => piece.kind === 'characters');
  if (depth !== 0 || !atoms.every((_, index) => endsAtOther(atoms, index))) return undefined;
  return { pieces, isWhole, expression: isWhole ? `${expression}$` : expression };
}

function repetitionOf(repeat: string): Pick<Atom, 'min' | 'max'> {
  if (repeat === '') return { min: 1, max: 1 };
  if (repeat === '?') return { min: 0, max: 1 };
  const [min = repeat === '*' ? '0' : '1', max = ''] = /^\{(\d+)(?:,(\d*))?\}$/.exec(repeat)?.slice(1) ?? [];
  const isExact = repeat.startsWith('{') && !repeat.includes(',');
  return { min: Number(min), max: isExact ? Number(min) : max === '' ? Number.POSITIVE_INFINITY : Number(max) };
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
  if (atom.min === atom.max) return true;
  for (const next of atoms.slice(index + 1)) {
    if ((atom.hasOthers && next.hasOthers) || atom.ascii.some((has, code) => has && next.ascii[code])) return false;
    if (next.min > 0) return true;
  }
  return true;
}
