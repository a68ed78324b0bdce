import type { ReactNode } from 'react';
import { t } from '../../../locale/t.ts';
import { Icon } from '../../../parts/icon.tsx';

/** A facet value with its checkbox, count and percentage. */
export function FacetBox({
  label,
  checked,
  count,
  share,
  mark,
  onToggle,
}: {
  readonly label: string;
  readonly checked: boolean;
  readonly count: string;
  readonly share: number;
  readonly mark?: ReactNode;
  readonly onToggle: () => void;
}): ReactNode {
  return (
    <button type="button" role="checkbox" aria-checked={checked} className="lo-value" onClick={onToggle} title={label}>
      <span className={`box ${checked ? 'on' : ''}`}>{checked && <Icon name="check" />}</span>
      {mark !== undefined && (
        <span aria-hidden="true" className="row">
          {mark}
        </span>
      )}
      <span className="cut">{label}</span>
      <span className="c push">
        <span className="unseen">, </span>
        {count === '—' ? (
          <>
            <span className="unseen">{t('none')}</span>
            <span aria-hidden="true">—</span>
          </>
        ) : (
          count
        )}
      </span>
      <i className="share" style={{ width: `${share * 72}%` }} />
    </button>
  );
}
