import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { useChangeSearch, usePageSearch } from '../../../data/use-search.ts';
import { formatCount } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { keepEditToken, readEditToken } from '../../../parts/edit-token/edit-token.ts';
import { TokenForm } from '../../../parts/edit-token/token-form.tsx';
import { Icon } from '../../../parts/icon.tsx';
import { ScrollRegion } from '../../../parts/scroll/scroll-region.tsx';
import { Segmented } from '../../../parts/segmented.tsx';
import { useKeys } from '../../../shell/keys.ts';
import { conditionFor, countKeys, shortKey } from './key-counts.ts';
import { MAX_ITEMS } from './tap-buffer.ts';
import type { Tap } from './use-tap.ts';

const EXAMPLE = 'attributes["x"] == "y"';

/** Which items a tap takes, how their values are shown, and the keys that the component changed. */
export function TapFilter({
  tap,
  component,
  isCompared,
}: {
  readonly tap: Tap;
  readonly component: string;
  readonly isCompared: boolean;
}): ReactNode {
  const { filter = '', take, values } = usePageSearch();
  const change = useChangeSearch();
  const ref = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(filter);
  useEffect(() => setText(filter), [filter]);
  const apply = (condition: string): void => change({ filter: condition === '' ? undefined : condition });
  const toggle = (): void => change({ values: values === 'plain' ? undefined : 'plain' });
  useKeys(t('View'), [
    { press: 'f', does: t('filter the items'), hint: t('filter'), run: () => ref.current?.focus() },
    { press: 'm', does: t('mask values, or show them'), hint: t('masking'), run: toggle },
  ]);
  const needsToken = values === 'plain' && tap.failure?.code === 'forbidden';
  const { changed, same } = useMemo(() => countKeys(tap.items), [tap.items]);
  return (
    <section className="pane br tp-filter" aria-label={t('Filter')}>
      <form
        className="tp-form bb"
        onSubmit={(event) => {
          event.preventDefault();
          apply(text.trim());
        }}
      >
        <label className="field">
          <Icon name="filter" />
          <input
            ref={ref}
            className="mono"
            aria-label={t('Condition in OTTL')}
            placeholder={EXAMPLE}
            value={text}
            spellCheck={false}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Escape') return;
              event.stopPropagation();
              setText(filter);
              event.currentTarget.blur();
            }}
          />
          <kbd>F</kbd>
        </label>
        {tap.failure !== undefined && !needsToken && (
          <p className="s12 err tp-problem" role="alert">
            {tap.failure.message}
          </p>
        )}
        <div className="row s12">
          <span className="t3">{t('Take')}</span>
          <span className="push">
            <Segmented
              label={t('Take')}
              value={take === '20' || take === '200' ? take : ''}
              options={[
                { value: '200', label: t('1 in {count}', { count: 200 }) },
                { value: '20', label: t('1 in {count}', { count: 20 }) },
                { value: '', label: t('all') },
              ]}
              onChange={(next) => change({ take: next === '' ? undefined : next })}
            />
          </span>
        </div>
        <div className="row s12">
          <span className="t3">{t('Show values')}</span>
          <span className="push">
            <Segmented
              label={t('Show values')}
              value={values === 'plain' ? 'plain' : 'masked'}
              options={[
                { value: 'masked', label: t('masked') },
                { value: 'plain', label: t('plain') },
              ]}
              onChange={toggle}
            />
          </span>
        </div>
        <p className="t3 s11">{t('Plain values need a token, and leave an entry in the log.')}</p>
      </form>
      {needsToken && (
        <TokenForm
          action={t('Show values')}
          isWrong={readEditToken() !== ''}
          onToken={(token) => {
            keepEditToken(token);
            tap.reopen();
          }}
        />
      )}
      <ScrollRegion label={t('Keys of the items')}>
        {isCompared && (
          <KeyList
            title={t('Changed by {component}', { component })}
            keys={changed}
            total={tap.items.length}
            onChoose={apply}
          />
        )}
        <KeyList title={t(isCompared ? 'Not changed' : 'Keys')} keys={same} total={tap.items.length} onChoose={apply} />
      </ScrollRegion>
      <p className="t3 s11 bt tp-limits">
        {t('The page holds {count} items at most, 25 a second. The tap stops by itself after 10 min.', {
          count: MAX_ITEMS,
        })}
      </p>
    </section>
  );
}

const SHOWN_KEYS = 24;

function KeyList({
  title,
  keys,
  total,
  onChoose,
}: {
  readonly title: string;
  readonly keys: readonly (readonly [key: string, count: number])[];
  readonly total: number;
  readonly onChoose: (condition: string) => void;
}): ReactNode {
  return (
    <div className="tp-keys">
      <h3 className="t3 s11">{title}</h3>
      {keys.length === 0 && <p className="t3 s12">{t(total === 0 ? 'None yet' : 'None')}</p>}
      <ul>
        {keys.slice(0, SHOWN_KEYS).map(([key, count]) => {
          const condition = conditionFor(key);
          const share = count === total ? t('{part} of {total}', { part: count, total }) : formatCount(count);
          return (
            <li key={key} className="row s12">
              {condition === undefined ? (
                <span className="mono cut" title={key}>
                  {key}
                </span>
              ) : (
                <button
                  type="button"
                  className="mono cut"
                  title={t('Only items with {key}', { key })}
                  onClick={() => onChoose(condition)}
                >
                  {shortKey(key)}
                </button>
              )}
              <span className="push num t2">{share}</span>
            </li>
          );
        })}
      </ul>
      {keys.length > SHOWN_KEYS && <p className="t3 s11">{t('{number} more', { number: keys.length - SHOWN_KEYS })}</p>}
    </div>
  );
}
