import { type ReactNode, useEffect, useState } from 'react';
import { t } from '../locale/t.ts';
import { Icon } from './icon.tsx';

/** A button that copies text to the clipboard and confirms it for two seconds. */
export function CopyButton({
  text,
  label,
  children,
}: {
  readonly text: string;
  readonly label: string;
  readonly children?: ReactNode;
}): ReactNode {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <button
      type="button"
      className={`btn small bare ${children === undefined ? 'icononly' : ''}`}
      aria-label={children === undefined ? (copied ? t('Copied') : label) : undefined}
      title={label}
      onClick={() => void copyText(text).then(setCopied)}
    >
      <Icon name={copied ? 'check' : 'copy'} />
      {children === undefined ? undefined : copied ? t('Copied') : children}
    </button>
  );
}

/** Copies text to the clipboard. Returns `false` if the browser does not permit it. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
