import { plainPattern } from './plain-pattern.ts';

/** An element of an expression with its quantifier. Excludes groups, branches, dots and negated classes. */
const ELEMENT =
  /([\w /:;,=@#%&~"'<>!-]|\\[./+*?()|[\]{}^$\\]|\\d|\[(?:[\w./: -](?!-)|a-z|A-Z|0-9)+\])([+*?]|\{\d+(?:,\d*)?\})?\??/gy;

/**
 * Returns an expression for JavaScript's engine that matches somewhere in every input that `source` matches: a sequence
 * of elements that every match contains, such as `/[0-9]` for `/[0-9]+`. Inputs without it do not need the other
 * engine. Returns `undefined` for expressions with groups, branches or other elements.
 */
export function requiredPart(source: string): RegExp | undefined {
  const middle = source.replace(/^\^/, '').replace(/(?<!\\)\$$/, '');
  let longest: readonly string[] = [];
  let run: string[] = [];
  const end = (): void => {
    if (run.length > longest.length) longest = run;
    run = [];
  };
  let at = 0;
  for (const [whole, element = '', quantifier] of middle.matchAll(ELEMENT)) {
    at += whole.length;
    const atLeast = minimumOf(quantifier);
    if (atLeast > 0) run.push(element);
    // A repeated element may occur more than once between its neighbors.
    if (quantifier !== undefined) end();
    if (quantifier !== undefined && atLeast > 0) run.push(element);
  }
  end();
  return at === middle.length && longest.length > 0 ? plainPattern(longest.join('')) : undefined;
}

/** Returns the minimum number of occurrences of an element. */
function minimumOf(quantifier: string | undefined): number {
  if (quantifier === undefined || quantifier === '+') return 1;
  if (quantifier === '*' || quantifier === '?') return 0;
  return Number.parseInt(quantifier.slice(1), 10);
}
