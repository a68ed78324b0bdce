const REFERENCE = /\$(?:\$|\{(\w+)\}|(\w+))/g;

/** Replaces `$1`, `$name` and `${name}` by groups of a match, as Go does. Unknown groups are empty. */
export function expandTemplate(
  template: string,
  names: readonly (string | undefined)[],
  groups: readonly (string | undefined)[],
): string {
  if (!template.includes('$')) return template;
  return template.replace(REFERENCE, (whole, braced?: string, plain?: string) => {
    const name = braced ?? plain;
    if (name === undefined) return whole === '$$' ? '$' : whole;
    const index = /^\d+$/.test(name) ? Number(name) : names.indexOf(name);
    return groups[index] ?? '';
  });
}
