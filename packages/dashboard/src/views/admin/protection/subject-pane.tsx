import type { Account } from '@otelier/query';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { postForFile, RequestFailure } from '../../../data/client.ts';
import { t } from '../../../locale/t.ts';
import { Failure } from '../../../parts/failure.tsx';
import { Icon } from '../../../parts/icon.tsx';
import { Pane } from '../../../parts/pane.tsx';
import { saveFile } from '../../query/results/csv.ts';
import { EraseDialog } from './erase-dialog.tsx';
import {
  ERASURES_PATH,
  type Findings,
  may,
  runSubjectJob,
  SIGNALS,
  type Signal,
  type SubjectRequest,
  type Term,
  termsOf,
} from './protection-data.ts';
import { SubjectFindings } from './subject-findings.tsx';
import { TermRows } from './term-rows.tsx';

/** What was found, and of whom: the form may have changed since. */
interface Found {
  readonly request: SubjectRequest;
  readonly findings: Findings;
}

/** Searches what is stored of a person, and exports or erases it. */
export function SubjectPane({ account, tenant }: { readonly account: Account; readonly tenant: string }): ReactNode {
  const client = useQueryClient();
  const [terms, setTerms] = useState<readonly Term[]>([{ key: '', value: '' }]);
  const [signal, setSignal] = useState<Signal | ''>('');
  const [found, setFound] = useState<Found | undefined>();
  const [failure, setFailure] = useState<{ readonly of: RequestFailure; readonly retry: () => void } | undefined>();
  const [running, setRunning] = useState<'search' | 'export' | undefined>();
  const [erasing, setErasing] = useState(false);
  const abort = useRef(new AbortController());
  useEffect(() => () => abort.current.abort(), []);

  /** Runs one request at a time, and shows why it failed. */
  const run = async (what: 'search' | 'export', work: (stop: AbortSignal) => Promise<void>): Promise<void> => {
    abort.current.abort();
    abort.current = new AbortController();
    const { signal: stop } = abort.current;
    setRunning(what);
    setFailure(undefined);
    try {
      await work(stop);
    } catch (error) {
      if (stop.aborted) return;
      const of =
        error instanceof RequestFailure ? error : new RequestFailure('internal', (error as Error).message, 0, what);
      setFailure({ of, retry: () => void run(what, work) });
    }
    if (!stop.aborted) setRunning(undefined);
  };
  const search = (): void => {
    const request = { tenant, terms: termsOf(terms), ...(signal !== '' && { signals: [signal] }) };
    setFound(undefined);
    // Erasures only search by default. They are for people who may erase but not export.
    const [path, body] = may(account, 'telemetry:export')
      ? (['/subjects/search', { ...request, samples: 0 }] as const)
      : (['/subjects/erase', { ...request, dryRun: true }] as const);
    void run('search', async (stop) => {
      const { findings } = await runSubjectJob(path, body, stop);
      if (findings !== undefined) setFound({ request, findings });
    });
  };
  const save = ({ request }: Found): void =>
    void run('export', async (stop) => saveFile(await postForFile('/subjects/export', request, stop), 'person.jsonl'));
  return (
    <Pane title={t('Search for a person')} note={t('in all stored telemetry')} className="ad-pane">
      <form
        className="dp-form"
        onSubmit={(event) => {
          event.preventDefault();
          search();
        }}
      >
        <TermRows terms={terms} onChange={setTerms} keyLabel={t('Attribute, or nothing for a text')} />
        <div className="row">
          <select
            className="input dp-signal"
            aria-label={t('Signal')}
            value={signal}
            onChange={(event) => setSignal(event.target.value as Signal | '')}
          >
            <option value="">{t('all signals')}</option>
            {SIGNALS.map(([name, title]) => (
              <option key={name} value={name}>
                {t(title)}
              </option>
            ))}
          </select>
          <button type="submit" className="btn primary" disabled={running !== undefined}>
            <Icon name="search" />
            {t('Search')}
          </button>
          <span role="status" className="t3 s12">
            {running === 'search' && t('searching')}
            {running === 'export' && t('exporting')}
          </span>
        </div>
        <p className="t3 s11">
          {t('Items with any of the values are found. Without an attribute, the value is searched in all texts.')}
        </p>
      </form>
      {failure !== undefined && <Failure failure={failure.of} retry={failure.retry} tight />}
      {found !== undefined && (
        <>
          <SubjectFindings findings={found.findings} />
          <div className="dp-acts">
            {may(account, 'telemetry:export') && (
              <button type="button" className="btn small" disabled={running !== undefined} onClick={() => save(found)}>
                <Icon name="download" />
                {t('Export')}
              </button>
            )}
            {may(account, 'telemetry:delete') && (
              <button type="button" className="btn small" onClick={() => setErasing(true)}>
                {t('Erase…')}
              </button>
            )}
          </div>
        </>
      )}
      {erasing && found !== undefined && (
        <EraseDialog
          request={found.request}
          findings={found.findings}
          onErased={() => void client.invalidateQueries({ queryKey: [ERASURES_PATH] })}
          onClose={(isErased) => {
            setErasing(false);
            if (isErased) setFound(undefined);
          }}
        />
      )}
    </Pane>
  );
}
