import type { ReactNode } from 'react';

/** Text in which search matches are underlined. */
export function Marked({
  text,
  searchText,
}: {
  readonly text: string;
  readonly searchText: string | undefined;
}): ReactNode {
  if (searchText === undefined || searchText === '') return text;
  const parts: ReactNode[] = [];
  const lower = text.toLowerCase();
  const wanted = searchText.toLowerCase();
  let from = 0;
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, from)) {
    parts.push(text.slice(from, at), <mark key={at}>{text.slice(at, at + wanted.length)}</mark>);
    from = at + wanted.length;
  }
  parts.push(text.slice(from));
  return parts;
}
