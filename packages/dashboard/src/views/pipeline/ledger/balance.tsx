import type { ReactNode } from 'react';
import { formatCount } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { Icon } from '../../../parts/icon.tsx';
import { itemRate } from '../edge-labels.ts';
import type { LedgerLine } from './ledger-lines.ts';
import './balance.css';

/** A balance sheet of items: a rule above each sum, and a double one below what is unaccounted for. */
export function Balance({
  label,
  lines,
}: {
  readonly label: string;
  readonly lines: readonly LedgerLine[];
}): ReactNode {
  return (
    <table className="pi-balance" aria-label={label}>
      <colgroup>
        <col />
        <col style={{ width: 76 }} />
        <col style={{ width: 104 }} />
      </colgroup>
      <thead>
        <tr>
          <th>{t('Items')}</th>
          <th className="num">{t('per s')}</th>
          <th className="num">{t('total')}</th>
        </tr>
      </thead>
      <tbody>
        {lines.map(({ kind, name, detail, perSecond, total, isBad }) => (
          <tr key={`${kind} ${name} ${detail ?? ''}`} className={kind}>
            <td
              className={isBad === true && total !== 0 ? 'err' : ''}
              title={detail === undefined ? name : `${name}: ${detail}`}
            >
              {name}
              {detail !== undefined && <span className="mono t3"> {detail}</span>}
            </td>
            <Amount value={perSecond} text={perSecond === undefined ? '' : itemRate(perSecond)} />
            <Amount value={total} text={formatCount(total)} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Amount({ value, text }: { readonly value: number | undefined; readonly text: string }): ReactNode {
  return (
    <td className={`num ${value === 0 ? 't3' : ''}`}>
      <span>{text}</span>
    </td>
  );
}

/** Whether a ledger balances. */
export function BalanceTag({ unaccounted }: { readonly unaccounted: number }): ReactNode {
  const isBalanced = unaccounted === 0;
  return (
    <span className={`push tag row ${isBalanced ? 'ok' : 'warn'}`} style={{ gap: 4 }}>
      <Icon name={isBalanced ? 'check' : 'warn'} size={11} />
      {t(isBalanced ? 'balances' : 'does not balance')}
    </span>
  );
}
