import type { Invitation, InvitationsResponse, PeopleResponse, Person, RolesResponse } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { useApiQuery } from '../../data/use-api-query.ts';
import { NO_VALUE } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { Icon } from '../../parts/icon.tsx';
import { Pane } from '../../parts/pane.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { useKeys } from '../../shell/keys.ts';
import { type PaneProps, rolesText, sinceText, tenantsText } from './admin-data.ts';
import { SecretDialog } from './forms.tsx';
import { MoreRows } from './more-rows.tsx';
import { InvitationRows, RevokeInvitation } from './person/invitation-rows.tsx';
import { NewPersonForm } from './person/new-person.tsx';
import { PersonForm } from './person/person-form.tsx';

type Opened =
  | { readonly kind: 'new' }
  | { readonly kind: 'person'; readonly person: Person }
  | { readonly kind: 'invitation'; readonly invitation: Invitation }
  | { readonly kind: 'invited'; readonly link: string };

/** The people with accounts, and those who were invited. */
export function PeoplePane({ maxRows, onMore, nowMillis }: PaneProps): ReactNode {
  const result = useApiQuery<PeopleResponse>({ path: '/people', staleMillis: 0 });
  const { data: roles } = useApiQuery<RolesResponse>({ path: '/roles', staleMillis: 0 });
  const pending = useApiQuery<InvitationsResponse>({ path: '/people/invitations', staleMillis: 0 });
  const [opened, setOpened] = useState<Opened | undefined>();
  const close = (): void => setOpened(undefined);
  const saved = (): void => {
    close();
    result.retry();
    pending.retry();
  };
  useKeys(t('View'), [{ press: 'u', does: t('new user'), hint: t('new user'), run: () => setOpened({ kind: 'new' }) }]);
  const people = result.data?.people ?? [];
  return (
    <Pane
      title={t('Users')}
      note={people.length}
      className="ad-pane"
      actions={
        <button type="button" className="btn small push" onClick={() => setOpened({ kind: 'new' })}>
          <Icon name="plus" />
          {t('New user')}
          <kbd>U</kbd>
        </button>
      }
    >
      <QueryResult result={result} tight>
        {() => (
          <>
            <table aria-label={t('Users')}>
              <colgroup>
                <col />
                <col style={{ width: 92 }} />
                <col style={{ width: 108 }} />
                <col style={{ width: 132 }} />
                <col style={{ width: 92 }} />
              </colgroup>
              <thead>
                <tr>
                  <th>{t('Name')}</th>
                  <th>{t('Role')}</th>
                  <th>{t('Tenants')}</th>
                  <th>{t('Second factor')}</th>
                  <th className="num">{t('Last seen')}</th>
                </tr>
              </thead>
              <tbody>
                {people.slice(0, maxRows).map((person) => (
                  <tr key={person.id}>
                    <td title={person.email}>
                      <button
                        type="button"
                        className="ad-name cut"
                        onClick={() => setOpened({ kind: 'person', person })}
                      >
                        <bdi>{person.name}</bdi>
                        {person.name !== person.email && <bdi className="t3"> {person.email}</bdi>}
                      </button>
                    </td>
                    <td className="t2">
                      <bdi>{rolesText(person.grants) || NO_VALUE}</bdi>
                    </td>
                    <td className="t2">
                      <bdi>{tenantsText(person.grants) || NO_VALUE}</bdi>
                    </td>
                    <SecondFactor person={person} />
                    <td className="num t2">
                      {person.seenMillis === undefined ? t('never') : sinceText(nowMillis - person.seenMillis)}
                    </td>
                  </tr>
                ))}
                <InvitationRows
                  invitations={pending.data?.invitations ?? []}
                  nowMillis={nowMillis}
                  onOpen={(invitation) => setOpened({ kind: 'invitation', invitation })}
                />
              </tbody>
            </table>
            <MoreRows count={people.length - maxRows} onMore={onMore} />
          </>
        )}
      </QueryResult>
      {opened?.kind === 'new' && (
        <NewPersonForm
          roles={roles}
          onClose={close}
          onSaved={saved}
          onInvited={(link) => {
            setOpened({ kind: 'invited', link });
            pending.retry();
          }}
        />
      )}
      {opened?.kind === 'invited' && (
        <SecretDialog
          title={t('The link of the invitation')}
          note={t('It is shown only now, and valid once within 7 days. Send it to the person.')}
          lines={[opened.link]}
          onClose={close}
        />
      )}
      {opened?.kind === 'invitation' && (
        <RevokeInvitation invitation={opened.invitation} onClose={close} onSaved={saved} />
      )}
      {opened?.kind === 'person' && <PersonForm person={opened.person} roles={roles} onClose={close} onSaved={saved} />}
    </Pane>
  );
}

function SecondFactor({ person }: { readonly person: Person }): ReactNode {
  if (person.state === 'locked') return <td className="err">{t('locked')}</td>;
  if (person.issuer !== undefined)
    return (
      <td className="t2 cut" title={person.issuer}>
        {t('at the provider')}
      </td>
    );
  if (person.hasPasskey) return <td className="t2">{t('passkey')}</td>;
  return person.hasSecondFactor ? <td className="t2">{t('code')}</td> : <td className="warn">{t('none')}</td>;
}
