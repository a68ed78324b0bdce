import type { InventoryRevocationList } from '@otelier/query';
import type { ReactNode } from 'react';
import { plural } from '../../format/number.ts';
import { dayOf, formatAge, formatMinute } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { ScrollRegion } from '../../parts/scroll/scroll-region.tsx';
import { validityIssue } from './certificate-state.ts';

/** The revocation lists, after whose end all certificates of their authority are rejected. */
export function RevocationLists({
  lists,
  nowMillis,
}: {
  readonly lists: readonly InventoryRevocationList[];
  readonly nowMillis: number;
}): ReactNode {
  if (lists.length === 0) return null;
  return (
    <section className="pane ce-lists bt" aria-label={t('Revocation lists')}>
      <div className="head bb">
        <h2>{t('Revocation lists')}</h2>
        <span className="note">{t('without a valid list, all certificates of its authority are rejected')}</span>
      </div>
      <ScrollRegion label={t('Revocation lists')}>
        <ul>
          {lists.map((list, index) => (
            <ListItem key={`${list.component} ${list.option} ${index}`} list={list} nowMillis={nowMillis} />
          ))}
        </ul>
      </ScrollRegion>
    </section>
  );
}

function ListItem({
  list,
  nowMillis,
}: {
  readonly list: InventoryRevocationList;
  readonly nowMillis: number;
}): ReactNode {
  const { component, issuer, error, nextUpdateMillis: next, revokedCount } = list;
  const issue = validityIssue(list);
  return (
    <li className="ce-list s12 bb">
      <p className="row">
        <bdi className="mono cut">{issuer ?? component}</bdi>
        {issuer !== undefined && <bdi className="mono t2 cut">{component}</bdi>}
        <span className={`push nowrap ${issue?.tone ?? 't3'}`}>
          {issue === undefined ? '' : `${t(issue.text)} `}
          {next !== undefined && `${dayOf(next)} ${formatMinute(next)}`}
          {next !== undefined && next > nowMillis && ` (${t('in {age}', { age: formatAge(next - nowMillis) })})`}
        </span>
      </p>
      {error !== undefined && (
        <p>
          <bdi>{error}</bdi>
        </p>
      )}
      {revokedCount !== undefined && <p className="t3">{plural(revokedCount, 'revoked certificate')}</p>}
    </li>
  );
}
