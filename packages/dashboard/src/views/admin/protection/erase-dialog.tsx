import type { SignedStatement } from '@otelier/query';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { formatCount } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { ChoiceField, FormDialog, TextField } from '../forms.tsx';
import { ErasedDialog } from './erased-dialog.tsx';
import { type Findings, runSubjectJob, type SubjectRequest } from './protection-data.ts';
import { rowsOf } from './subject-findings.tsx';

type Parts = 'items' | 'values';

/** Erases a person after naming what happens. The first value must be typed again. */
export function EraseDialog({
  request,
  findings,
  onErased,
  onClose,
}: {
  readonly request: SubjectRequest;
  readonly findings: Findings;
  readonly onErased: () => void;
  readonly onClose: (isErased: boolean) => void;
}): ReactNode {
  const [parts, setParts] = useState<Parts>('items');
  const [standing, setStanding] = useState(false);
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const [running, setRunning] = useState(false);
  const [proof, setProof] = useState<SignedStatement | undefined>();
  const abort = useRef(new AbortController());
  useEffect(() => () => abort.current.abort(), []);
  const [first] = request.terms;
  const mayStand = request.terms.every(({ key }) => key !== undefined);

  const erase = async (): Promise<void> => {
    abort.current = new AbortController();
    setRunning(true);
    try {
      const body = { ...request, parts, standing: standing && mayStand, reason: reason.trim(), dryRun: false };
      const job = await runSubjectJob('/subjects/erase', body, abort.current.signal);
      setProof(job.proof);
      onErased();
    } finally {
      setRunning(false);
    }
  };

  if (proof !== undefined) return <ErasedDialog proof={proof} onClose={() => onClose(true)} />;
  return (
    <FormDialog
      title={t('Erase the person')}
      submit={t('Erase')}
      isReady={typed.trim() === first?.value}
      onSubmit={erase}
      onClose={() => onClose(false)}
    >
      <Consequences tenant={request.tenant} findings={findings} parts={parts} standing={standing && mayStand} />
      <ChoiceField
        label={t('What is removed')}
        value={parts}
        choices={[
          ['items', t('whole items of the person')],
          ['values', t('only the values; the items stay')],
        ]}
        onChange={(value) => setParts(value as Parts)}
      />
      <label className="row">
        <input
          type="checkbox"
          checked={standing && mayStand}
          disabled={!mayStand}
          onChange={() => setStanding(!standing)}
        />
        <span>{t('Also refuse items of the person that arrive later')}</span>
      </label>
      {!mayStand && <p className="t3 s11">{t('Only attributes can be refused later, not texts.')}</p>}
      <TextField
        label={t('Reason')}
        value={reason}
        onChange={setReason}
        required={false}
        hint={t('The signed statement contains it. Do not name the person.')}
      />
      <TextField
        label={t('To confirm, type the value: {value}', { value: first?.value ?? '' })}
        value={typed}
        onChange={setTyped}
      />
      {running && (
        <p className="t2 s12" role="status">
          {t('Erasing. It goes on if you close this dialog; the statement is then listed under Erasures.')}
        </p>
      )}
    </FormDialog>
  );
}

/** What the erasure does, and what it does not. */
function Consequences({
  tenant,
  findings,
  parts,
  standing,
}: {
  readonly tenant: string;
  readonly findings: Findings;
  readonly parts: Parts;
  readonly standing: boolean;
}): ReactNode {
  const { items, held, documents, alerts } = findings;
  const bySignal = rowsOf(findings)
    .map((row) => `${t(row.title)} ${formatCount(row.items - row.held)}`)
    .join(', ');
  return (
    <ul className="dp-consequences s12" aria-label={t('What will happen')}>
      <li>
        {parts === 'items'
          ? t('{count} items of the tenant {tenant} are removed from its files.', { count: items - held, tenant })
          : t('In {count} items of the tenant {tenant}, attributes are removed and texts become [erased].', {
              count: items - held,
              tenant,
            })}
        {bySignal !== '' && <span className="t2"> {bySignal}</span>}
      </li>
      {documents.length > 0 && (
        <li>
          {t('Saved documents that are removed:')}{' '}
          <bdi className="t2">{documents.map(({ name }) => name).join(', ')}</bdi>
        </li>
      )}
      {standing && <li>{t('Items of the person that arrive later are refused.')}</li>}
      {held > 0 && <li className="warn">{t('{count} items stay, because legal holds keep them.', { count: held })}</li>}
      {alerts > 0 && <li>{t('Alerts that contain a value until they end: {count}', { count: alerts })}</li>}
      <li>{t('Backups and queues are not changed. The signed statement lists them.')}</li>
      <li className="med">{t('It cannot be undone.')}</li>
    </ul>
  );
}
