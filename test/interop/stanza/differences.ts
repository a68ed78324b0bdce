/** The cases that differ from the Collector on purpose, each with its reason. */
export const DIFFERENCES: ReadonlyMap<string, string> = new Map([
  [
    'time of numbers: few seconds and microseconds',
    'a number below 100 (100,000 with the layout s.ms) is a time; the Collector pads it with spaces, which it then refuses',
  ],
  ['expression: 1..3', 'a range is a list; the Collector stores it as the text "[1 2 3]"'],
]);
