import type { JsonAttributes, JsonValue } from '@otelier/query';
import type { ReactNode } from 'react';
import { groupAttributes } from '../data/attribute-groups.ts';
import { t } from '../locale/t.ts';
import './attribute-list.css';
import { Icon } from './icon.tsx';
import { isSealedText, SEALED_ITEM_KEY, type SealedItem } from './sealed/sealed-text.ts';
import { SealedValue } from './sealed/sealed-value.tsx';

/** An action on an attribute value. */
export interface AttributeActions {
  readonly only?: (key: string, value: JsonValue) => void;
  readonly without?: (key: string, value: JsonValue) => void;
  readonly groupBy?: (key: string) => void;
  /** Shows the attribute as a column of the list, or no longer. */
  readonly column?: (key: string) => void;
}

/** Attributes grouped by namespace. A row's actions appear on hover or focus over the key, so
 * that the value stays visible, without shifting the layout. */
export function AttributeList({
  flat = false,
  attributes,
  actions = {},
  of,
}: {
  /** Whether to show a flat list without namespaces. */
  readonly flat?: boolean;
  readonly attributes: JsonAttributes;
  readonly actions?: AttributeActions;
  /** What the attributes belong to, to show one that is sealed as a whole. */
  readonly of?: SealedItem;
}): ReactNode {
  const grouped = groupAttributes(attributes);
  const groups =
    flat && grouped.length > 1 ? [{ name: '', entries: grouped.flatMap(({ entries }) => entries) }] : grouped;
  if (groups.length === 0) return <p className="groupname">{t('None')}</p>;
  return groups.map(({ name, entries }) => (
    <div key={name}>
      {!flat && groups.length > 1 && <div className="groupname">{name}</div>}
      <dl className="kv">
        {entries.map(([key, value]) => (
          <div key={key} className="pair">
            <dt title={key}>
              <span>{key}</span>
              <Actions name={key} value={value} actions={actions} />
            </dt>
            <dd className={typeof value === 'number' || typeof value === 'boolean' ? 'n' : ''} title={textOf(value)}>
              {isSealedText(value) ? (
                <SealedValue text={value} item={key === SEALED_ITEM_KEY ? of : undefined} />
              ) : (
                textOf(value)
              )}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  ));
}

function Actions({
  name,
  value,
  actions,
}: {
  readonly name: string;
  readonly value: JsonValue;
  readonly actions: AttributeActions;
}): ReactNode {
  const { only, without, groupBy, column } = actions;
  if (Object.keys(actions).length === 0) return null;
  const plain = typeof value !== 'object';
  return (
    <span className="kv-acts">
      {plain && only !== undefined && (
        <button type="button" title={t('Only this value')} onClick={() => only(name, value)}>
          <span aria-hidden="true">+</span>
          <span className="unseen">{t('only {name}', { name })}</span>
        </button>
      )}
      {plain && without !== undefined && (
        <button type="button" title={t('Without this value')} onClick={() => without(name, value)}>
          <span aria-hidden="true">−</span>
          <span className="unseen">{t('without {name}', { name })}</span>
        </button>
      )}
      {groupBy !== undefined && (
        <button type="button" title={t('Group by this attribute')} onClick={() => groupBy(name)}>
          {t('group')}
          <span className="unseen"> {t('by {name}', { name })}</span>
        </button>
      )}
      {column !== undefined && (
        <button type="button" title={t('Show as a column')} onClick={() => column(name)}>
          <Icon name="table" size={12} />
          <span className="unseen">{t('column {name}', { name })}</span>
        </button>
      )}
    </span>
  );
}

function textOf(value: JsonValue): string {
  if (value === null) return '—';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
