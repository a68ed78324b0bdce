/**
 * A regular expression of a condition for evaluation here, or in words why it is none. Conditions are written in RE2's
 * syntax, because stores evaluate them; of what RE2 has and JavaScript lacks, flags at the front (`(?i)`) are understood.
 */
export function compilePattern(source: string): RegExp | string {
  const [, flags = '', pattern = ''] = /^(?:\(\?([ims]+)\))?(.*)$/s.exec(source) ?? [];
  try {
    return new RegExp(pattern, flags);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
