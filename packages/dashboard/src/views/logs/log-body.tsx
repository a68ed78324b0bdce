import type { ReactNode } from 'react';
import { t } from '../../locale/t.ts';
import { isSealedText } from '../../parts/sealed/sealed-text.ts';
import { SealedValue } from '../../parts/sealed/sealed-value.tsx';
import { AnsiText } from './ansi-text.tsx';

/** Shorter bodies of one line are already in the row. */
const LONG = 80;
/** Longer bodies are shown as they are, because formatting them takes long. */
const MAX_JSON = 100_000;

/** The body of an expanded record: JSON with one field per line, and text with its lines and colors. */
export function LogBody({ body }: { readonly body: string }): ReactNode {
  if (isSealedText(body))
    return (
      <>
        <div className="groupname">{t('Body')}</div>
        <div className="lo-body">
          <SealedValue text={body} />
        </div>
      </>
    );
  const json = jsonOf(body);
  const isPlain = body.length <= LONG && !body.includes('\n') && !body.includes('\u001b');
  if (json === undefined && isPlain) return null;
  return (
    <>
      <div className="groupname">{json === undefined ? t('Body') : t('Body, JSON')}</div>
      <pre className="lo-body mono">{json ?? <AnsiText text={body} />}</pre>
    </>
  );
}

/** Formats a JSON object or list; `undefined` for any other text. */
function jsonOf(body: string): string | undefined {
  if (!/^\s*[[{]/.test(body) || body.length > MAX_JSON) return undefined;
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2);
  } catch {
    return undefined;
  }
}
