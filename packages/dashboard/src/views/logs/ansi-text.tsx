import type { ReactNode } from 'react';
import { ansiPieces } from './ansi.ts';

/** The page's colors for those of a terminal. Black and white are the text's own. */
const TOKENS = ['--text-2', '--error', '--ok', '--warn', '--info', '--syn-keyword', '--syn-label', '--text'] as const;

/** Text with the colors that its program has set for a terminal. */
export function AnsiText({ text }: { readonly text: string }): ReactNode {
  return ansiPieces(text).map((piece, index) => (
    <span
      key={index}
      style={{
        ...(piece.color === undefined ? {} : { color: `var(${TOKENS[piece.color] ?? '--text'})` }),
        ...(piece.bold ? { fontWeight: 600 } : {}),
      }}
    >
      {piece.text}
    </span>
  ));
}
