import type { SignedStatement, StandingErasure } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { sendJson } from '../../../data/client.ts';
import { formatCount, NO_VALUE } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { Pane } from '../../../parts/pane.tsx';
import { QueryResult } from '../../../parts/query-result.tsx';
import { change, personText, sinceText } from '../admin-data.ts';
import { FormDialog } from '../forms.tsx';
import { AuditButton } from './audit-button.tsx';
import { readStatement, useErasures } from './protection-data.ts';
import { StatementButton } from './statement-button.tsx';

/** The erasures of a tenant with their signed statements, and those that also refuse later items. */
export function ErasuresPane({
  tenant,
  nowMillis,
}: {
  readonly tenant: string;
  readonly nowMillis: number;
}): ReactNode {
  const result = useErasures(tenant);
  const [ending, setEnding] = useState<StandingErasure | undefined>();
  return (
    <Pane
      title={t('Erasures')}
      note={t('each with a signed statement')}
      className="ad-pane"
      actions={
        <span className="push">
          <AuditButton text="subjects/" />
        </span>
      }
    >
      <QueryResult result={result} tight>
        {({ statements, standing }) => (
          <>
            {statements.length === 0 ? (
              <p className="ad-note t3 s12">{t('No one was erased.')}</p>
            ) : (
              <Statements statements={statements} tenant={tenant} nowMillis={nowMillis} />
            )}
            <h3 className="dp-part s12">{t('Refused from now on')}</h3>
            {standing.length === 0 ? (
              <p className="ad-note t3 s12">{t('No erasure refuses later items.')}</p>
            ) : (
              <StandingTable standing={standing} nowMillis={nowMillis} onEnd={setEnding} />
            )}
          </>
        )}
      </QueryResult>
      {ending !== undefined && (
        <FormDialog
          title={t('Accept the items again')}
          submit={t('Accept')}
          onSubmit={async () => {
            await change('/subjects/standing/remove', { tenant, id: ending.id });
            setEnding(undefined);
            result.retry();
          }}
          onClose={() => setEnding(undefined)}
        >
          <p className="t2 s12">
            {t('Telemetry of the person with these attributes is stored again:')}{' '}
            <bdi className="mono">{ending.keys.join(', ')}</bdi>
          </p>
        </FormDialog>
      )}
    </Pane>
  );
}

function Statements({
  statements,
  tenant,
  nowMillis,
}: {
  readonly statements: readonly SignedStatement[];
  readonly tenant: string;
  readonly nowMillis: number;
}): ReactNode {
  return (
    <table aria-label={t('Erasures')}>
      <colgroup>
        <col />
        <col style={{ width: 132 }} />
        <col style={{ width: 76 }} />
        <col style={{ width: 76 }} />
        <col style={{ width: 84 }} />
        <col style={{ width: 180 }} />
      </colgroup>
      <thead>
        <tr>
          <th>{t('Reason')}</th>
          <th>{t('By')}</th>
          <th className="num">{t('Items')}</th>
          <th className="num">{t('Items left')}</th>
          <th className="num">{t('Age')}</th>
          <td />
        </tr>
      </thead>
      <tbody>
        {statements.map((proof) => (
          <StatementRow key={proof.signature} proof={proof} tenant={tenant} nowMillis={nowMillis} />
        ))}
      </tbody>
    </table>
  );
}

type Verification = 'running' | { readonly errors: readonly string[] };

function StatementRow({
  proof,
  tenant,
  nowMillis,
}: {
  readonly proof: SignedStatement;
  readonly tenant: string;
  readonly nowMillis: number;
}): ReactNode {
  const { id, reason = '', by = '', items, verification, ended } = readStatement(proof);
  const { itemsLeft } = verification;
  const [state, setState] = useState<Verification | undefined>();
  const verify = async (): Promise<void> => {
    setState('running');
    try {
      setState(await sendJson<{ readonly errors: readonly string[] }>('/subjects/verify', { tenant, proof }));
    } catch (error) {
      setState({ errors: [(error as Error).message] });
    }
  };
  return (
    <tr>
      <td title={id}>
        <bdi>{reason === '' ? NO_VALUE : reason}</bdi>
      </td>
      <td className="t2">
        <bdi>{personText(by)}</bdi>
      </td>
      <td className="num">{formatCount(items)}</td>
      <td className={`num ${itemsLeft > 0 ? 'err' : 't2'}`}>{formatCount(itemsLeft)}</td>
      <td className="num t2">{sinceText(nowMillis - Date.parse(ended))}</td>
      <td className="ad-rowacts">
        {typeof state === 'object' ? (
          <span role="status" className={state.errors.length === 0 ? 'ok' : 'err'} title={state.errors.join('\n')}>
            {state.errors.length === 0 ? t('valid') : <bdi>{state.errors.join('; ')}</bdi>}
          </span>
        ) : (
          <button type="button" className="btn small bare" disabled={state === 'running'} onClick={() => void verify()}>
            {t('Verify')}
            <span className="unseen">: {id}</span>
          </button>
        )}
        <StatementButton proof={proof} />
      </td>
    </tr>
  );
}

function StandingTable({
  standing,
  nowMillis,
  onEnd,
}: {
  readonly standing: readonly StandingErasure[];
  readonly nowMillis: number;
  readonly onEnd: (rule: StandingErasure) => void;
}): ReactNode {
  return (
    <table aria-label={t('Refused from now on')}>
      <colgroup>
        <col />
        <col style={{ width: 132 }} />
        <col style={{ width: 84 }} />
        <col style={{ width: 180 }} />
      </colgroup>
      <tbody>
        {standing.map((rule) => (
          <tr key={rule.id}>
            <td className="mono">
              <bdi>{rule.keys.join(', ')}</bdi>
            </td>
            <td className="t2">
              <bdi>{personText(rule.by)}</bdi>
            </td>
            <td className="num t2">{sinceText(nowMillis - rule.createdMillis)}</td>
            <td className="ad-rowacts">
              <button type="button" className="btn small bare" onClick={() => onEnd(rule)}>
                {t('Accept again')}
                <span className="unseen">: {rule.keys.join(', ')}</span>
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
