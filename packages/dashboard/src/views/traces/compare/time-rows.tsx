import type { CompareTracesResponse } from '@otelier/query';
import type { ReactNode } from 'react';
import { formatChange, formatCount } from '../../../format/number.ts';
import { rich, t } from '../../../locale/t.ts';
import { Duration } from '../../../parts/measure.tsx';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import { ShareBars } from './share-bars.tsx';

const SHOWN = 8;

/** The operations whose time in a trace changed most. */
export function TimeRows({ times }: { readonly times: CompareTracesResponse['times'] }): ReactNode {
  const shown = times.slice(0, SHOWN);
  const longest = shown.reduce((max, one) => Math.max(max, one.selectedNanos, one.baselineNanos), 1);
  if (shown.length === 0) return null;
  return (
    <tbody>
      <tr className="co-group">
        <th colSpan={7} scope="rowgroup">
          {rich('Time spent {note}', {
            note: <span className="t3">{t('median in a trace, bars to the longest')}</span>,
          })}
        </th>
      </tr>
      {shown.map(({ service, name, selectedNanos, baselineNanos, selected, baseline }) => (
        <tr key={`${service} ${name}`}>
          <td>
            <span className="row">
              <ServiceMark service={service} />
              <span className="cut">{service}</span>
            </span>
          </td>
          <td className="mono cut">{name}</td>
          <td>
            <ShareBars selected={selectedNanos / longest} baseline={baselineNanos / longest} />
          </td>
          <td className="num">
            <Duration nanos={selectedNanos} />
          </td>
          <td className="num">
            <Duration nanos={baselineNanos} />
          </td>
          <td className="num med">{formatChange(selectedNanos, baselineNanos)}</td>
          <td className="num t2">
            {formatCount(selected)} · {formatCount(baseline)}
          </td>
        </tr>
      ))}
    </tbody>
  );
}
