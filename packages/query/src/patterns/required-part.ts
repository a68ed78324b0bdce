import { plainPattern } from './plain-pattern.ts';

/** One element of an expression with its quantifier. Groups, branches, dots and negated classes are not among them. */
const ELEMENT =
  /([\w /:;,=@#%&~"'<>!-]|\\[./+*?()|[\]{}^$\\]|\\d|\[(?:[\w./: -](?!-)|a-z|A-Z|0-9)+\])([+*?]|\{\d+(?:,\d*)?\})?\??/gy;

/**
 * Returns an expression for JavaScript's engine that matches somewhere in every text that `source` matches: a sequence of
 * elements that a match always contains, such as `/[0-9]` of `/[0-9]+`. Texts without it need no other engine. Returns
 * `undefined` for expressions with groups, branches and other elements.
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
    // A repeated element may stand between its neighbors more than once.
    if (quantifier !== undefined) end();
    if (quantifier !== undefined && atLeast > 0) run.push(element);
  }
  end();
  return at === middle.length && longest.length > 0 ? plainPattern(longest.join('')) : undefined;
}

/** How often an element occurs at least. */
function minimumOf(quantifier: string | undefined): number {
  if (quantifier === undefined || quantifier === '+') return 1;
  if (quantifier === '*' || quantifier === '?') return 0;
  return Number.parseInt(quantifier.slice(1), 10);
}
