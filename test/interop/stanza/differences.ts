/** The cases that differ from the Collector on purpose, each with its reason. */
export const DIFFERENCES: ReadonlyMap<string, string> = new Map([
  ['expression: 1..3', 'a range is a list; the Collector stores it as the text "[1 2 3]"'],
]);
