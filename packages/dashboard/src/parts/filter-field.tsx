import { type ReactNode, useRef } from 'react';
import { t } from '../locale/t.ts';
import { useKeys } from '../shell/keys.ts';
import { Icon } from './icon.tsx';

/** A field that filters a list. Its shortcut key focuses it, and Escape clears it. */
export function FilterField({
  label,
  value,
  onChange,
  press,
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly press: string;
}): ReactNode {
  const ref = useRef<HTMLInputElement>(null);
  useKeys(t('View'), [{ press, does: label.toLowerCase(), hint: t('filter'), run: () => ref.current?.focus() }]);
  return (
    <label className="field small quiet push" style={{ width: 168 }}>
      <Icon name="filter" />
      <input
        ref={ref}
        type="search"
        aria-label={label}
        placeholder={t('Filter')}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          onChange('');
          event.currentTarget.blur();
        }}
      />
      <kbd>{press.toUpperCase()}</kbd>
    </label>
  );
}
