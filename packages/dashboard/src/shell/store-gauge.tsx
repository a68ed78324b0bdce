import type { ReactNode } from 'react';
import { useStatus } from '../data/use-status.ts';
import { bytesOf, type Quantity } from '../format/quantity.ts';
import { formatAge, millisOf } from '../format/time.ts';

/** The store's size and time span. */
export function StoreGauge(): ReactNode {
  const { data } = useStatus();
  if (data === undefined) return null;
  if (data.store === undefined || data.store === null) {
    return (
      <span className="words">
        <b>No store</b> in this configuration
      </span>
    );
  }
  const { maxBytes, oldestNanos } = data.store;
  // The journal uses disk space too.
  const sizeBytes = data.store.sizeBytes + data.store.journalBytes;
  const used = short(bytesOf(sizeBytes));
  const max = bytesOf(maxBytes);
  const usedText = sizeBytes === 0 ? '0' : used.unit === max.unit ? used.value : `${used.value} ${used.unit}`;
  return (
    <>
      <div className="row">
        <b className="words">Store</b>
        <span className="push words">
          {usedText} of {max.value.replace(/\.0$/, '')} {max.unit}
        </span>
      </div>
      <div
        className="meter"
        role="meter"
        aria-label="Store"
        aria-valuemin={0}
        aria-valuemax={maxBytes}
        aria-valuenow={sizeBytes}
        aria-valuetext={`${usedText} of ${max.value} ${max.unit}`}
      >
        <i style={{ width: `${Math.min(100, (sizeBytes / Math.max(1, maxBytes)) * 100)}%` }} />
      </div>
      <span className="words">
        {oldestNanos === undefined || oldestNanos === null
          ? 'Nothing stored yet'
          : `Oldest ${formatAge(data.nowMillis - millisOf(oldestNanos))}`}
      </span>
    </>
  );
}

/** Shortens a quantity to the two digits that fit in the rail. */
function short({ value, unit }: Quantity): Quantity {
  return { value: Number(value) >= 10 ? Number(value).toFixed(0) : value, unit };
}
