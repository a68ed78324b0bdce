import type { ReactNode } from 'react';
import { t } from '../../../locale/t.ts';

const INLINE = /\*\*([^*]+)\*\*|`([^`]+)`|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)/g;

/** A text with headings, lists, bold text, code and links, written in Markdown. Everything else is shown as it is. */
export function TextBody({ text }: { readonly text: string }): ReactNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable regions must be keyboard-focusable
    <div className="bo-text" role="group" aria-label={t('Text')} tabIndex={0}>
      {blocksOf(text).map((lines, index) => (
        <Block key={index} lines={lines} />
      ))}
    </div>
  );
}

function Block({ lines }: { readonly lines: readonly string[] }): ReactNode {
  const [first = ''] = lines;
  const heading = /^#{1,6}\s+(.*)$/.exec(first)?.[1];
  if (heading !== undefined) {
    return (
      <>
        <h3>{inline(heading)}</h3>
        {lines.length > 1 && <Block lines={lines.slice(1)} />}
      </>
    );
  }
  if (lines.every((line) => /^\s*(?:[-*+]|\d+[.)])\s/.test(line))) {
    return (
      <ul>
        {lines.map((line, index) => (
          <li key={index}>{inline(line.replace(/^\s*(?:[-*+]|\d+[.)])\s+/, ''))}</li>
        ))}
      </ul>
    );
  }
  return (
    <p>
      {lines.map((line, index) => (
        <span key={index}>
          {index > 0 && <br />}
          {inline(line)}
        </span>
      ))}
    </p>
  );
}

/** Splits a text at its empty lines, and before headings. */
function blocksOf(text: string): readonly (readonly string[])[] {
  return text
    .replace(/\r\n?/g, '\n')
    .split(/\n\s*\n|\n(?=#{1,6}\s)/)
    .map((block) => block.split('\n').filter((line) => line.trim() !== ''))
    .filter((lines) => lines.length > 0);
}

function inline(text: string): readonly ReactNode[] {
  const parts: ReactNode[] = [];
  let read = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, bold, code, label, href] = match;
    parts.push(text.slice(read, match.index));
    const key = match.index;
    if (bold !== undefined) parts.push(<b key={key}>{bold}</b>);
    else if (code !== undefined) parts.push(<code key={key}>{code}</code>);
    else {
      parts.push(
        <a key={key} href={href} target="_blank" rel="noreferrer">
          {label}
        </a>,
      );
    }
    read = match.index + whole.length;
  }
  parts.push(text.slice(read));
  return parts;
}
