import type { PeopleResponse, Session, SessionsResponse } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { useApiQuery } from '../../data/use-api-query.ts';
import { t } from '../../locale/t.ts';
import { Pane } from '../../parts/pane.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { change, deviceText, type PaneProps, sinceText } from './admin-data.ts';
import { FormDialog } from './forms.tsx';
import { MoreRows } from './more-rows.tsx';

/** The devices that are signed in. */
export function SessionsPane({ maxRows, onMore, nowMillis }: PaneProps): ReactNode {
  const result = useApiQuery<SessionsResponse>({ path: '/sessions', staleMillis: 0 });
  const { data: people } = useApiQuery<PeopleResponse>({ path: '/people', staleMillis: 0 });
  const [ending, setEnding] = useState<Session | undefined>();
  const close = (): void => setEnding(undefined);
  const sessions = result.data?.sessions ?? [];
  const nameOf = (id: string): string => people?.people.find((person) => person.id === id)?.name ?? id;
  return (
    <Pane title={t('Sessions')} note={sessions.length} className="ad-pane">
      <QueryResult result={result} tight>
        {() => (
          <>
            <SessionTable
              label={t('Sessions')}
              sessions={sessions.slice(0, maxRows)}
              nowMillis={nowMillis}
              nameOf={({ user }) => nameOf(user)}
              onEnd={setEnding}
            />
            <MoreRows count={sessions.length - maxRows} onMore={onMore} />
          </>
        )}
      </QueryResult>
      {ending !== undefined && (
        <EndSession
          session={ending}
          path="/sessions/revoke"
          onClose={close}
          onEnded={() => {
            close();
            result.retry();
          }}
        />
      )}
    </Pane>
  );
}

/** A table of sessions, each with a button that ends it. */
export function SessionTable({
  label,
  sessions,
  nowMillis,
  nameOf,
  onEnd,
}: {
  readonly label: string;
  readonly sessions: readonly Session[];
  readonly nowMillis: number;
  /** Returns what the first column shows. */
  readonly nameOf: (session: Session) => string;
  readonly onEnd: (session: Session) => void;
}): ReactNode {
  return (
    <table aria-label={label}>
      <colgroup>
        <col />
        <col style={{ width: 132 }} />
        <col style={{ width: 116 }} />
        <col style={{ width: 72 }} />
        <col style={{ width: 64 }} />
      </colgroup>
      <tbody>
        {sessions.map((session) => (
          <tr key={session.id}>
            <td>
              <bdi>{nameOf(session)}</bdi>
            </td>
            <td className="t2" title={session.device}>
              <bdi>{deviceText(session.device)}</bdi>
            </td>
            <td className="mono t2">
              <bdi>{session.address}</bdi>
            </td>
            <td className="num t2">{sinceText(nowMillis - session.seenMillis)}</td>
            <td className="ad-rowacts">
              <button type="button" className="btn small bare" onClick={() => onEnd(session)}>
                {t('End')}
                <span className="unseen">: {`${nameOf(session)}, ${deviceText(session.device)}`}</span>
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Ends a session once it is confirmed. */
export function EndSession({
  session,
  path,
  onClose,
  onEnded,
}: {
  readonly session: Session;
  readonly path: string;
  readonly onClose: () => void;
  readonly onEnded: () => void;
}): ReactNode {
  return (
    <FormDialog
      title={deviceText(session.device)}
      submit={t('End the session')}
      onSubmit={async () => {
        await change(path, { id: session.id });
        onEnded();
      }}
      onClose={onClose}
    >
      <p className="t2 s12">{t('The device must sign in again.')}</p>
    </FormDialog>
  );
}
