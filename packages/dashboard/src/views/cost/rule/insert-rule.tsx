import type { ConfigurationText, RulePreview } from '@otelier/query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { getJson, RequestFailure } from '../../../data/client.ts';
import { timeOf } from '../../../data/search.ts';
import { usePageSearch } from '../../../data/use-search.ts';
import { rich, t } from '../../../locale/t.ts';
import { keepEditToken, readEditToken } from '../../../parts/edit-token/edit-token.ts';
import { TokenForm } from '../../../parts/edit-token/token-form.tsx';
import { Failure } from '../../../parts/failure.tsx';
import { useKeys } from '../../../shell/keys.ts';
import { editApi } from '../../pipeline/edit/edit-api.ts';
import { keepDraft, readDraft } from '../../pipeline/edit/kept-draft.ts';

/** Inserts the rule into the draft of the configuration, or into the one that runs, and opens the editor. */
export function InsertRule({ preview }: { readonly preview: RulePreview }): ReactNode {
  const { insert, state, failure } = useInsert(preview);
  useKeys(t('View'), [{ press: 'e', does: t('insert the rule into the configuration'), run: () => void insert() }]);
  return (
    <>
      <div className="ct-insert">
        <button type="button" className="btn primary" disabled={state === 'inserting'} onClick={() => void insert()}>
          {t('Insert into the configuration')}
          <kbd>E</kbd>
        </button>
        <p className="note">
          {rich('Opens the editor with {processor} in the pipelines of {signal}. Nothing changes until you apply it.', {
            processor: <code>{preview.processor}</code>,
            signal: <code>{preview.signal}</code>,
          })}
        </p>
      </div>
      {(state === 'needs token' || state === 'wrong token') && (
        <TokenForm
          isWrong={state === 'wrong token'}
          onToken={(token) => {
            keepEditToken(token);
            void insert();
          }}
        />
      )}
      {failure !== undefined && <Failure failure={failure} retry={() => void insert()} tight />}
    </>
  );
}

type InsertState = 'ready' | 'inserting' | 'needs token' | 'wrong token';

function useInsert({ signal, configuration }: RulePreview) {
  const search = usePageSearch();
  const navigate = useNavigate();
  const [state, setState] = useState<InsertState>('ready');
  const [failure, setFailure] = useState<RequestFailure | undefined>(undefined);
  const insert = async (): Promise<void> => {
    const token = readEditToken();
    setFailure(undefined);
    if (token === '') {
      setState('needs token');
      return;
    }
    setState('inserting');
    try {
      const { text, base } = readDraft() ?? (await readConfiguration());
      const inserted = await editApi(token).insert(text, signal, configuration);
      keepDraft({ text: inserted.text, base });
      await navigate({ to: '/pipeline', search: { ...timeOf(search), edit: 'pipeline' } });
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error;
      setState(error.code === 'unauthorized' ? 'wrong token' : 'ready');
      if (error.code !== 'unauthorized') setFailure(error);
    }
  };
  return { insert, state, failure };
}

async function readConfiguration(): Promise<{ readonly text: string; readonly base: number }> {
  const { text, revision } = await getJson<ConfigurationText>('/config/text', {}, new AbortController().signal);
  return { text, base: revision };
}
