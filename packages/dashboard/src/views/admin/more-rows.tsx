import type { ReactNode } from 'react';
import { t } from '../../locale/t.ts';

/** The line below a table that does not show all rows. */
export function MoreRows({ count, onMore }: { readonly count: number; readonly onMore: () => void }): ReactNode {
  if (count <= 0) return null;
  return (
    <button type="button" className="ad-more t3 s11" onClick={onMore}>
      {t('{count} more', { count })}
    </button>
  );
}
