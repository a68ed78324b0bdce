/** A rule in the configuration of a component, such as a condition. */
export interface ObservedRule {
  readonly kind: 'condition' | 'statement' | 'policy' | 'rule' | 'route';
  /** Its text, or its name. */
  readonly text: string;
}

/**
 * Declares a rule of a component, in tests of pipelines. The returned function counts a match. Components that observe
 * their rules need not be fast.
 */
export type ObserveRule = (rule: ObservedRule) => () => void;
