import type { ReactNode } from 'react';
import { formatPercent } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { ScrollRegion } from '../../../parts/scroll/scroll-region.tsx';
import type { ProfileFlames } from './profile-flames.ts';

/** The components of a profile and the other code. Choosing one emphasizes its functions. */
export function OwnerTable({
  flames: { owners },
  total,
  format,
  chosen,
  onChoose,
}: {
  readonly flames: ProfileFlames;
  readonly total: number;
  readonly format: (value: number) => string;
  readonly chosen: string | undefined;
  readonly onChoose: (owner: string | undefined) => void;
}): ReactNode {
  const rows = owners.filter(({ value }) => value > 0);
  const largest = rows[0]?.value ?? 1;
  return (
    <ScrollRegion label={t('By component')} className="scroll">
      <table>
        <colgroup>
          <col />
          <col style={{ width: 64 }} />
          <col style={{ width: 76 }} />
          <col style={{ width: 60 }} />
        </colgroup>
        <thead>
          <tr>
            <th>{t('Component')}</th>
            <th aria-label={t('Share')} />
            <th className="num">{t('Own')}</th>
            <th className="num">%</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, isComponent, value, token }) => (
            <tr key={name} aria-selected={name === chosen}>
              <td>
                <button
                  type="button"
                  className="row he-owner"
                  aria-pressed={name === chosen}
                  onClick={() => onChoose(name === chosen ? undefined : name)}
                >
                  <i className="he-hue" style={{ background: `var(${token})` }} aria-hidden="true" />
                  <span className={`cut ${isComponent ? 'mono' : 't2'}`} title={name}>
                    {name}
                  </span>
                </button>
              </td>
              <td>
                <i className="bar" style={{ width: (value / largest) * 48 }} />
              </td>
              <td className="num">{format(value)}</td>
              <td className="num t2">{formatPercent(value / Math.max(1, total), 1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}
