/** Cases that differ from Promtail, with the reason. */
export const DIFFERENCES: ReadonlyMap<string, string> = new Map([
  ['the replacement of user=(?:"[^"]*"|(\\w+))', 'the group is inside of an alternative, which the report names'],
]);
