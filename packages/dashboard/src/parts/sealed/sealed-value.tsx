import type { JsonValue } from '@otelier/query';
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import { msg, t } from '../../locale/t.ts';
import { Icon } from '../icon.tsx';
import type { Opened } from './open-sealed.ts';
import './sealed.css';
import { useKeyring } from './sealed-keys.ts';
import type { SealedItem } from './sealed-text.ts';

const KeyDialog = lazy(async () => ({ default: (await import('./key-dialog.tsx')).KeyDialog }));

const REASONS = {
  wrong_key: msg('sealed to another key'),
  damaged: msg('sealed, and changed since'),
  invalid: msg('sealed, and cannot be read'),
} as const;

/** A sealed value: what it contains if the reader has given a key that opens it, or why it is not opened. */
export function SealedValue({
  text,
  item,
}: {
  readonly text: string;
  /** What the value contains, if it is a whole item. */
  readonly item?: SealedItem | undefined;
}): ReactNode {
  const opened = useOpened(text, item);
  const [isAsking, setAsking] = useState(false);
  const isOpen = opened?.kind === 'opened';
  const ask = opened === undefined ? t('Open with a key') : t('Keys');
  return (
    <span className={`sealed ${isOpen ? 'is-open' : ''}`}>
      <Icon name="key" size={12} />
      {opened === undefined && <span className="t2">{t('sealed')}</span>}
      {isOpen && <bdi className="sealed-text">{valueText(opened.value)}</bdi>}
      {opened !== undefined && !isOpen && (
        <>
          <span className={opened.kind === 'wrong_key' ? 'warn' : 'err'}>{t(REASONS[opened.kind])}</span>
          <bdi className="t3">{opened.message}</bdi>
        </>
      )}
      <button type="button" className="btn small" onClick={() => setAsking(true)}>
        {ask}
      </button>
      {isAsking && (
        <Suspense>
          <KeyDialog onClose={() => setAsking(false)} />
        </Suspense>
      )}
    </span>
  );
}

/** Opens a value with the keys of the reader; `undefined` without a key, and until it is opened. */
function useOpened(text: string, item: SealedItem | undefined): Opened | undefined {
  const keyring = useKeyring();
  const [opened, setOpened] = useState<Opened>();
  useEffect(() => {
    let isCurrent = true;
    setOpened(undefined);
    void keyring?.open(text, item).then((result) => {
      if (isCurrent) setOpened(result);
    });
    return () => {
      isCurrent = false;
    };
  }, [keyring, text, item]);
  return keyring === undefined ? undefined : opened;
}

function valueText(value: JsonValue): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value, undefined, 2) : String(value ?? '—');
}
