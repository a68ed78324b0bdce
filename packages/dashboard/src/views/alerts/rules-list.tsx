import { type ReactNode, useEffect, useRef } from 'react';
import { formatNumber, plural } from '../../format/number.ts';
import { formatAge } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { ScrollRegion } from '../../parts/scroll/scroll-region.tsx';
import { numberOf } from '../../query/run-promql.ts';
import { languageOf, type ShownRule, type ShownState, STATE_NAMES } from './rule-state.ts';

/** Number of rules that are listed. The filter finds the others. */
const MAX_ROWS = 500;

/** The mark and the word of a state. */
export function StateMark({ state }: { readonly state: ShownState }): ReactNode {
  return (
    <span className={`al-state ${state}`}>
      <i />
      {t(STATE_NAMES[state])}
    </span>
  );
}

/** The rules by state, with value and duration. */
export function RulesList({
  rules,
  selected,
  nowMillis,
  onSelect,
}: {
  readonly rules: readonly ShownRule[];
  readonly selected: string | undefined;
  readonly nowMillis: number;
  readonly onSelect: (rule: ShownRule) => void;
}): ReactNode {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (selected !== undefined) list.current?.querySelector('.al-rule.sel')?.scrollIntoView({ block: 'nearest' });
  }, [selected]);
  return (
    <ScrollRegion label={t('Rules')} scrollRef={list}>
      <ul>
        {rules.slice(0, MAX_ROWS).map((row) => (
          <li key={row.id}>
            <RuleRow row={row} isSelected={row.id === selected} nowMillis={nowMillis} onSelect={() => onSelect(row)} />
          </li>
        ))}
      </ul>
      {rules.length > MAX_ROWS && (
        <p className="al-more t3 s11">
          {t('{count} more, which the filter finds', { count: rules.length - MAX_ROWS })}
        </p>
      )}
    </ScrollRegion>
  );
}

function RuleRow({
  row: { rule, state, alerts, distinction },
  isSelected,
  nowMillis,
  onSelect,
}: {
  readonly row: ShownRule;
  readonly isSelected: boolean;
  readonly nowMillis: number;
  readonly onSelect: () => void;
}): ReactNode {
  const [worst] = alerts;
  const { duration = 0 } = rule;
  return (
    <button type="button" className={`al-rule ${isSelected ? 'sel' : ''}`} aria-pressed={isSelected} onClick={onSelect}>
      <StateMark state={state} />
      <bdi className="cut med">{rule.name}</bdi>
      <span className={`al-value ${state === 'firing' ? 'strong' : 't2'}`}>
        {worst === undefined ? '' : formatNumber(numberOf(worst.value))}
      </span>
      <span className="al-basis cut t3 s11">
        {distinction !== '' && `${distinction}, `}
        {languageOf(rule)}
        {duration > 0 && `, ${t('for {duration}', { duration: formatAge(duration * 1000) })}`}
        {alerts.length > 1 && `, ${plural(alerts.length, 'alert')}`}
      </span>
      <span className="al-value t3 s11">
        {worst?.activeAt === undefined ? '' : formatAge(nowMillis - Date.parse(worst.activeAt))}
      </span>
    </button>
  );
}
