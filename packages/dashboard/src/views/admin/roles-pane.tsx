import type { Role, RolesResponse } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { useApiQuery } from '../../data/use-api-query.ts';
import { t } from '../../locale/t.ts';
import { Icon } from '../../parts/icon.tsx';
import { Pane } from '../../parts/pane.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { change, type PaneProps } from './admin-data.ts';
import { FormDialog, TextField } from './forms.tsx';
import { MoreRows } from './more-rows.tsx';

const NEW: Role = { name: '', permissions: ['telemetry:read'], masked: [], isBuiltIn: false };

/** The roles and what they permit. */
export function RolesPane({ maxRows, onMore }: PaneProps): ReactNode {
  const result = useApiQuery<RolesResponse>({ path: '/roles', staleMillis: 0 });
  const [opened, setOpened] = useState<Role | undefined>();
  const close = (): void => setOpened(undefined);
  const saved = (): void => {
    close();
    result.retry();
  };
  const roles = result.data?.roles ?? [];
  return (
    <Pane
      title={t('Roles')}
      note={roles.length}
      className="ad-pane"
      actions={
        <button type="button" className="btn small push" onClick={() => setOpened(NEW)}>
          <Icon name="plus" />
          {t('New role')}
        </button>
      }
    >
      <QueryResult result={result} tight>
        {() => (
          <>
            <table aria-label={t('Roles')}>
              <colgroup>
                <col style={{ width: 108 }} />
                <col />
                <col style={{ width: 120 }} />
              </colgroup>
              <thead>
                <tr>
                  <th>{t('Name')}</th>
                  <th>{t('Permissions')}</th>
                  <th>{t('Hides')}</th>
                </tr>
              </thead>
              <tbody>
                {roles.slice(0, maxRows).map((role) => (
                  <tr key={role.name}>
                    <td>
                      {role.isBuiltIn ? (
                        <bdi className="name">{role.name}</bdi>
                      ) : (
                        <button type="button" className="ad-name cut" onClick={() => setOpened(role)}>
                          <bdi>{role.name}</bdi>
                        </button>
                      )}
                    </td>
                    <td className="t2" title={role.permissions.join(', ')}>
                      {role.name === 'admin' ? t('everything') : role.permissions.join(', ')}
                    </td>
                    <td className="mono t2" title={role.masked.join(' ')}>
                      <bdi>{role.masked.join(' ')}</bdi>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            <MoreRows count={roles.length - maxRows} onMore={onMore} />
          </>
        )}
      </QueryResult>
      {opened !== undefined && (
        <RoleForm role={opened} permissions={result.data?.permissions ?? []} onClose={close} onSaved={saved} />
      )}
    </Pane>
  );
}

function RoleForm({
  role,
  permissions,
  onClose,
  onSaved,
}: {
  readonly role: Role;
  readonly permissions: readonly string[];
  readonly onClose: () => void;
  readonly onSaved: () => void;
}): ReactNode {
  const [name, setName] = useState(role.name);
  const [chosen, setChosen] = useState<readonly string[]>(role.permissions);
  const [masked, setMasked] = useState(role.masked.join(' '));
  const [removing, setRemoving] = useState(false);
  const isNew = role.name === '';
  const save = async (): Promise<void> => {
    await change('/roles/save', { name, permissions: chosen, masked: masked.split(/[\s,]+/).filter(Boolean) });
    onSaved();
  };
  const remove = async (): Promise<void> => {
    await change('/roles/remove', { name: role.name });
    onSaved();
  };
  if (removing)
    return (
      <FormDialog key="remove" title={role.name} submit={t('Remove the role')} onSubmit={remove} onClose={onClose}>
        <p className="t2 s12">{t('Only a role that no person and no key has can be removed.')}</p>
      </FormDialog>
    );
  return (
    <FormDialog
      title={isNew ? t('New role') : role.name}
      submit={isNew ? t('Create') : t('Save')}
      onSubmit={save}
      onClose={onClose}
    >
      {isNew && <TextField label={t('Name')} value={name} onChange={setName} />}
      <fieldset>
        <legend className="t2">{t('Permissions')}</legend>
        {permissions.map((permission) => (
          <label key={permission} className="row">
            <input
              type="checkbox"
              checked={chosen.includes(permission)}
              onChange={() =>
                setChosen(
                  chosen.includes(permission) ? chosen.filter((one) => one !== permission) : [...chosen, permission],
                )
              }
            />
            <span className="mono">{permission}</span>
          </label>
        ))}
      </fieldset>
      <TextField
        label={t('Hidden attributes')}
        value={masked}
        onChange={setMasked}
        required={false}
        hint={t('Patterns such as enduser.*, separated by spaces')}
      />
      {!isNew && (
        <button type="button" className="btn small bare" onClick={() => setRemoving(true)}>
          {t('Remove the role')}
        </button>
      )}
    </FormDialog>
  );
}
