import { join } from 'node:path';
import { openStateFile, type StateCipher, type StateFile } from '@otelier/journal';
import { DEFAULT_TENANT } from '@otelier/otlp';
import { Labels } from '@otelier/query/promql';
import { z } from 'zod';
import type { RuleAlert } from '../rules/alerts.ts';
import { type GroupEvaluation, identityOf } from '../rules/evaluate-group.ts';

/** Name of the file with the alerts of all rules. */
export const STATE_FILE = 'alerts.state';

const texts = z.record(z.string(), z.string());
const time = z.number().optional();
const STATE = z.object({
  version: z.literal(1),
  groups: z.array(
    z.object({
      file: z.string(),
      name: z.string(),
      tenant: z.string().default(DEFAULT_TENANT),
      rules: z.array(
        z.object({
          identity: z.string(),
          index: z.number(),
          alerts: z.array(
            z.object({
              labels: texts,
              annotations: texts,
              state: z.enum(['pending', 'firing', 'inactive']),
              /** As text, because JSON has no NaN. */
              value: z.string(),
              activeAt: z.number(),
              firedAt: time,
              resolvedAt: time,
              keepFiringSince: time,
            }),
          ),
        }),
      ),
    }),
  ),
});

type SavedAlert = z.output<typeof STATE>['groups'][number]['rules'][number]['alerts'][number];

/**
 * Keeps the alerts of all rules in a file, which is replaced as a whole. A damaged one is set aside and reported; active
 * alerts are then restored from the store.
 */
export class AlertState {
  readonly #file: StateFile;
  readonly #alerts: ReadonlyMap<string, readonly RuleAlert[]> | undefined;

  constructor(directory: string, onDamage: (message: string) => void, cipher?: StateCipher) {
    const path = join(directory, STATE_FILE);
    this.#file = openStateFile(path, onDamage, cipher);
    this.#alerts = this.#read(path, onDamage);
  }

  /** Whether there is a state of an earlier run. */
  get isKnown(): boolean {
    return this.#alerts !== undefined;
  }

  /** Restores the alerts of a group. */
  restore(evaluation: GroupEvaluation): void {
    const counts = new Map<string, number>();
    for (const { rule } of evaluation.rules) {
      const identity = identityOf(rule);
      const index = counts.get(identity) ?? 0;
      counts.set(identity, index + 1);
      const alerts = this.#alerts?.get(keyOf(evaluation.group, identity, index));
      if (alerts !== undefined) evaluation.restore(identity, index, alerts);
    }
  }

  /** Saves the alerts of groups. Resolves when they are durable. */
  async save(evaluations: Iterable<GroupEvaluation>): Promise<void> {
    const groups = [...evaluations].map(({ group, rules }) => {
      const counts = new Map<string, number>();
      return {
        file: group.file,
        name: group.name,
        tenant: group.tenant,
        rules: rules.flatMap(({ rule, alerts }) => {
          const identity = identityOf(rule);
          const index = counts.get(identity) ?? 0;
          counts.set(identity, index + 1);
          return alerts.length === 0 ? [] : [{ identity, index, alerts: alerts.map(savedAlert) }];
        }),
      };
    });
    const state = { version: 1, groups: groups.filter(({ rules }) => rules.length > 0) };
    await this.#file.write(Buffer.from(JSON.stringify(state)));
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #read(path: string, onDamage: (message: string) => void): ReadonlyMap<string, readonly RuleAlert[]> | undefined {
    const { value } = this.#file;
    if (value === undefined) return undefined;
    try {
      const { groups } = STATE.parse(JSON.parse(Buffer.from(value).toString()));
      return new Map(
        groups.flatMap((group) =>
          group.rules.map(({ identity, index, alerts }) => [
            keyOf(group, identity, index),
            alerts.map((alert) => restoredAlert(alert)),
          ]),
        ),
      );
    } catch (error) {
      onDamage(`${path}: ${error instanceof Error ? error.message : String(error)}; the state starts empty`);
      return undefined;
    }
  }
}

function keyOf(
  { file, name, tenant }: { readonly file: string; readonly name: string; readonly tenant: string },
  identity: string,
  index: number,
): string {
  return JSON.stringify([file, name, tenant, identity, index]);
}

function savedAlert({ labels, annotations, value, ...times }: RuleAlert): SavedAlert {
  return { ...times, labels: labels.toObject(), annotations: annotations.toObject(), value: String(value) };
}

function restoredAlert({ labels, annotations, value, ...saved }: SavedAlert): RuleAlert {
  return {
    ...saved,
    labels: Labels.from(Object.entries(labels)),
    annotations: Labels.from(Object.entries(annotations)),
    value: Number(value),
    firedAt: saved.firedAt,
    resolvedAt: saved.resolvedAt,
    keepFiringSince: saved.keepFiringSince,
  };
}
