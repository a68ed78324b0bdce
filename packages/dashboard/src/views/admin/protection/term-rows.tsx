import type { ReactNode } from 'react';
import { t } from '../../../locale/t.ts';
import { Icon } from '../../../parts/icon.tsx';
import type { Term } from './protection-data.ts';

const MAX_TERMS = 20;

/** Attributes with values, one per row. */
export function TermRows({
  terms,
  onChange,
  keyLabel,
  needsKey = false,
}: {
  readonly terms: readonly Term[];
  readonly onChange: (terms: readonly Term[]) => void;
  readonly keyLabel: string;
  readonly needsKey?: boolean;
}): ReactNode {
  const change = (index: number, changed: Partial<Term>): void =>
    onChange(terms.map((term, at) => (at === index ? { ...term, ...changed } : term)));
  return (
    <div className="dp-terms">
      {terms.map(({ key, value }, index) => (
        <div key={index} className="dp-term">
          <input
            className="input mono"
            aria-label={keyLabel}
            placeholder={keyLabel}
            spellCheck={false}
            autoComplete="off"
            required={needsKey}
            maxLength={256}
            value={key}
            onChange={(event) => change(index, { key: event.target.value })}
          />
          <input
            className="input mono"
            aria-label={t('Value')}
            placeholder={t('Value')}
            spellCheck={false}
            autoComplete="off"
            required
            maxLength={1000}
            value={value}
            onChange={(event) => change(index, { value: event.target.value })}
          />
          <button
            type="button"
            className="btn small bare icononly"
            aria-label={t('Remove')}
            disabled={terms.length === 1 && !needsKey}
            onClick={() => onChange(terms.filter((_, at) => at !== index))}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
      <button
        type="button"
        className="btn small bare"
        disabled={terms.length >= MAX_TERMS}
        onClick={() => onChange([...terms, { key: '', value: '' }])}
      >
        <Icon name="plus" />
        {t('Add an attribute')}
      </button>
    </div>
  );
}
