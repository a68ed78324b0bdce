import { type ReactNode, useEffect, useRef } from 'react';
import { t } from '../locale/t.ts';
import { useKeys } from '../shell/keys.ts';

/** A popover below or above its anchor. Escape, a click outside or losing focus closes it. */
export function Popover({
  label,
  onClose,
  children,
  align = 'left',
  side = 'below',
  className = '',
}: {
  readonly label: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly align?: 'left' | 'right';
  readonly side?: 'below' | 'above';
  readonly className?: string;
}): ReactNode {
  const ref = useRef<HTMLDivElement>(null);
  useKeys(label, [{ press: 'Escape', does: t('close'), run: onClose }], 'float');
  useEffect(() => {
    const opener = document.activeElement;
    const first = ref.current?.querySelector<HTMLElement>('[aria-checked=true], [aria-selected=true], input, button');
    first?.focus();
    return () => {
      if (
        opener instanceof HTMLElement &&
        (document.activeElement === document.body || document.activeElement === null)
      )
        opener.focus();
    };
  }, []);
  useEffect(() => {
    const outside = (event: Event): void => {
      if (event.target instanceof Node && ref.current?.parentElement?.contains(event.target) === false) onClose();
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
    };
  }, [onClose]);
  return (
    <div
      ref={ref}
      className={`pop ${className}`}
      role="dialog"
      aria-label={label}
      style={{ [side === 'below' ? 'top' : 'bottom']: 'calc(100% + 4px)', [align]: 0 }}
    >
      {children}
    </div>
  );
}
