import type { ReactNode } from 'react';
import type { EdgeRate } from '../../data/pipeline/pipeline-stats.ts';
import { formatRate } from '../../format/number.ts';
import { formatBytes, formatDuration } from '../../format/quantity.ts';
import { t } from '../../locale/t.ts';
import { itemRate } from './edge-labels.ts';
import type { PlacedEdge } from './layout.ts';

/** Details of the hovered or selected edge. */
export function EdgeTip({ line, rate }: { readonly line: PlacedEdge; readonly rate: EdgeRate }): ReactNode {
  return (
    <div
      className="tip"
      role="status"
      style={{ left: (line.x1 + line.x2) / 2, top: Math.max(line.y1, line.y2) + 12, transform: 'translateX(-50%)' }}
    >
      <div className="r">
        {t('{rate} items/s', { rate: itemRate(rate.itemsPerSecond) })}
        <span className="v t2">{formatBytes(rate.bytesPerSecond)}/s</span>
      </div>
      <div className="r">
        {t('{rate} batches/s', { rate: formatRate(rate.batchesPerSecond) })}
        <span className="v t2">
          {rate.transferMicros === undefined
            ? ''
            : t('transfer {duration}', { duration: formatDuration(rate.transferMicros * 1000) })}
        </span>
      </div>
      {rate.refusedPerSecond > 0 && (
        <div className="r err">{t('{rate} refused/s', { rate: formatRate(rate.refusedPerSecond) })}</div>
      )}
    </div>
  );
}
