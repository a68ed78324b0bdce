import type { ReactNode } from 'react';
import { t } from '../../../../locale/t.ts';

/** Which revision is shown, and a choice of the one that it is compared with. */
export function Against({
  shown,
  base,
  revisions,
  onBase,
}: {
  readonly shown: number;
  readonly base: number;
  readonly revisions: readonly number[];
  readonly onBase: (revision: number) => void;
}): ReactNode {
  return (
    <label className="row">
      {t('revision {revision}, compared with', { revision: String(shown) })}
      <select className="input small" value={base} onChange={(event) => onBase(Number(event.target.value))}>
        {revisions
          .filter((revision) => revision !== shown)
          .map((revision) => (
            <option key={revision} value={revision}>
              {revision}
            </option>
          ))}
      </select>
    </label>
  );
}
