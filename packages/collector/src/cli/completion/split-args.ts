/**
 * Splits a command line of a POSIX shell into arguments without their quotes. The last argument ends at the cursor, and is empty
 * after a space.
 */
export function splitArgs(line: string): string[] {
  const args = [''];
  let quote = '';
  for (let index = 0; index < line.length; index++) {
    const one = line.charAt(index);
    const isEscape = one === '\\' && quote !== "'";
    if (isEscape) {
      index += 1;
      args.push((args.pop() ?? '') + line.charAt(index));
    } else if (one === quote) {
      quote = '';
    } else if (quote === '' && (one === '"' || one === "'")) {
      quote = one;
    } else if (quote === '' && /\s/.test(one)) {
      if (args.at(-1) !== '') args.push('');
    } else {
      args.push((args.pop() ?? '') + one);
    }
  }
  return args;
}
