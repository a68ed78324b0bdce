import type { ReactNode } from 'react';
import { t } from '../../locale/t.ts';
import { ServiceMark } from '../../parts/service-mark.tsx';
import { type CostRow, ITEM_WORDS } from './use-cost.ts';

/** What a row counts: a service with what it sends, or an attribute. */
export function RowName({ row, heading = false }: { readonly row: CostRow; readonly heading?: boolean }): ReactNode {
  const name = row.kind === 'sender' ? <SenderName row={row} /> : <bdi className="mono cut">{row.attribute.key}</bdi>;
  return heading ? <h2 className="row cut">{name}</h2> : name;
}

function SenderName({ row }: { readonly row: Extract<CostRow, { kind: 'sender' }> }): ReactNode {
  const { service, signal, name, level } = row.sender;
  return (
    <>
      <ServiceMark service={service} />
      {service === '' ? <span className="t3">{t('no service')}</span> : <bdi className="cut">{service}</bdi>}
      <span className="t2 cut ct-what">
        {signal === 'metrics' ? <bdi className="mono">{name}</bdi> : t(ITEM_WORDS[signal])}
        {level !== undefined && <span className="t3"> {level}</span>}
      </span>
    </>
  );
}
