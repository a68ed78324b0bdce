import type { ReactNode } from 'react';

const TOKENS =
  /(?<comment>(?:^|(?<=\n))(?:#|\/\/)[^\n]*)|(?<env>\b[A-Z][A-Z0-9_]{4,}(?==))|(?<text>'[^']*'|"[^"\n]*"|https?:\/\/[^\s\\]+)|(?<call>\b\w+(?=\())/g;
const CLASSES: Readonly<Record<string, string>> = { comment: 'c', env: 'f', text: 's', call: 'f' };

/** Highlighted lines of code. */
export function Code({ text }: { readonly text: string }): ReactNode {
  const parts: ReactNode[] = [];
  let from = 0;
  for (const match of text.matchAll(TOKENS)) {
    const kind = Object.entries(match.groups ?? {}).find(([, value]) => value !== undefined)?.[0] ?? '';
    parts.push(
      text.slice(from, match.index),
      <span key={match.index} className={CLASSES[kind]}>
        {match[0]}
      </span>,
    );
    from = match.index + match[0].length;
  }
  parts.push(text.slice(from));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: long lines must be scrollable with the keyboard
    <pre className="code" tabIndex={0}>
      {parts}
    </pre>
  );
}
