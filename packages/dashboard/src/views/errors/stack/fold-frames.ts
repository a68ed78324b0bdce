import type { StackLine } from './parse-stack.ts';

/** Consecutive lines of a stack trace: one line of the application, or frames of libraries that are folded. */
export type StackPart =
  | { readonly kind: 'line'; readonly line: StackLine }
  | { readonly kind: 'libraries'; readonly lines: readonly StackLine[]; readonly libraries: readonly string[] };

/** Folds consecutive frames of libraries. */
export function foldFrames(lines: readonly StackLine[]): readonly StackPart[] {
  const parts: StackPart[] = [];
  for (const line of lines) {
    const library = line.kind === 'frame' ? line.library : undefined;
    const last = parts.at(-1);
    if (library === undefined) parts.push({ kind: 'line', line });
    else if (last?.kind === 'libraries')
      parts[parts.length - 1] = {
        kind: 'libraries',
        lines: [...last.lines, line],
        libraries: [...new Set([...last.libraries, library])],
      };
    else parts.push({ kind: 'libraries', lines: [line], libraries: [library] });
  }
  return parts;
}
