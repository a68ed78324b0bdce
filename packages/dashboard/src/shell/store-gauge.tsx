import type { ReactNode } from 'react';
import { useStatus } from '../data/use-status.ts';
import { localDecimal, trimDecimals } from '../format/number.ts';
import { bytesOf } from '../format/quantity.ts';
import { formatAge, millisOf } from '../format/time.ts';
import { rich, t } from '../locale/t.ts';

/** The store's size and time span. */
export function StoreGauge(): ReactNode {
  const { data } = useStatus();
  if (data === undefined) return null;
  if (data.store === undefined || data.store === null) {
    return <span className="words">{rich('{store} in this configuration', { store: <b>{t('No store')}</b> })}</span>;
  }
  const { maxBytes, oldestNanos } = data.store;
  // The journal uses disk space too.
  const sizeBytes = data.store.sizeBytes + data.store.journalBytes;
  const max = bytesOf(maxBytes);
  const usedText = usedOf(sizeBytes, maxBytes);
  return (
    <>
      <div className="row">
        <b className="words">{t('Store')}</b>
        <span className="push words">
          {t('{used} of {max}', { used: usedText, max: `${trimDecimals(max.value)} ${max.unit}` })}
        </span>
      </div>
      <div
        className="meter"
        role="meter"
        aria-label={t('Store')}
        aria-valuemin={0}
        aria-valuemax={maxBytes}
        aria-valuenow={sizeBytes}
        aria-valuetext={t('{used} of {max}', { used: usedText, max: `${max.value} ${max.unit}` })}
      >
        <i style={{ width: `${Math.min(100, (sizeBytes / Math.max(1, maxBytes)) * 100)}%` }} />
      </div>
      <span className="words">
        {oldestNanos === undefined || oldestNanos === null
          ? t('Nothing stored yet')
          : t('Oldest {age}', { age: formatAge(data.nowMillis - millisOf(oldestNanos)) })}
      </span>
    </>
  );
}

/** Returns a size in the unit of the limit, without the unit, so that both fit beside the title. */
function usedOf(sizeBytes: number, maxBytes: number): string {
  const used = bytesOf(sizeBytes);
  const max = bytesOf(maxBytes);
  if (sizeBytes === 0 || used.unit === max.unit) return used.value;
  const inUnit = (sizeBytes / maxBytes) * Number(max.value);
  return inUnit < 0.01 ? localDecimal('< 0.01') : localDecimal(inUnit.toFixed(2));
}
