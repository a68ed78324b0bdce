import type { PeopleResponse, Person, RolesResponse } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { useApiQuery } from '../../data/use-api-query.ts';
import { NO_VALUE } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { Icon } from '../../parts/icon.tsx';
import { Pane } from '../../parts/pane.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { useKeys } from '../../shell/keys.ts';
import { type PaneProps, rolesText, sinceText, tenantsText } from './admin-data.ts';
import { MoreRows } from './more-rows.tsx';
import { NewPersonForm } from './person/new-person.tsx';
import { PersonForm } from './person/person-form.tsx';

/** The people with accounts. */
export function PeoplePane({ maxRows, onMore, nowMillis }: PaneProps): ReactNode {
  const result = useApiQuery<PeopleResponse>({ path: '/people', staleMillis: 0 });
  const { data: roles } = useApiQuery<RolesResponse>({ path: '/roles', staleMillis: 0 });
  const [opened, setOpened] = useState<Person | 'new' | undefined>();
  const close = (): void => setOpened(undefined);
  const saved = (): void => {
    close();
    result.retry();
  };
  useKeys(t('View'), [{ press: 'u', does: t('new user'), hint: t('new user'), run: () => setOpened('new') }]);
  const people = result.data?.people ?? [];
  return (
    <Pane
      title={t('Users')}
      note={people.length}
      className="ad-pane"
      actions={
        <button type="button" className="btn small push" onClick={() => setOpened('new')}>
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
                      <button type="button" className="ad-name cut" onClick={() => setOpened(person)}>
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
              </tbody>
            </table>
            <MoreRows count={people.length - maxRows} onMore={onMore} />
          </>
        )}
      </QueryResult>
      {opened === 'new' && <NewPersonForm roles={roles} onClose={close} onSaved={saved} />}
      {opened !== undefined && opened !== 'new' && (
        <PersonForm person={opened} roles={roles} onClose={close} onSaved={saved} />
      )}
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
  return person.hasSecondFactor ? <td className="t2">{t('code')}</td> : <td className="warn">{t('none')}</td>;
}
