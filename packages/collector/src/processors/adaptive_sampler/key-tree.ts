import { RateBudget, type RateOptions } from '../../component/sampling/rate-budget.ts';
import { type Claim, fairLevel } from './shares.ts';

/** Options for a `KeyTree`. */
export interface KeyTreeOptions extends RateOptions {
  readonly targetPerSecond: number;
  readonly maxPerSecondPerKey: number;
  readonly floorPerSecond: number;
  readonly maxKeys: number;
}

/** The value of a key part. */
export type KeyPart = string | number | bigint | boolean | undefined;

/**
 * A tree of key budgets with one level per key part. The target is divided fairly at each level: first among the values
 * of the first part, such as error and success, then within each of them among those of the second.
 */
export class KeyTree {
  readonly #options: KeyTreeOptions;
  readonly #root: Node;
  #intervalSeconds: number;
  #keys = 0;

  constructor(options: KeyTreeOptions, intervalSeconds: number) {
    this.#options = options;
    this.#intervalSeconds = intervalSeconds;
    this.#root = new Node(options.targetPerSecond);
  }

  /** Number of keys with their own budget. */
  get size(): number {
    return this.#keys;
  }

  /** Returns the budget of a key. Keys beyond the maximum share a budget at the node where they would have been added. */
  budget(parts: readonly KeyPart[]): RateBudget {
    let node = this.#root;
    for (const part of parts) {
      const known = node.children.get(part);
      if (known === undefined && this.#keys >= this.#options.maxKeys) {
        this.#root.other ??= this.#child(this.#root);
        node = this.#root.other;
        break;
      }
      node = known ?? this.#add(node, part);
    }
    if (node.budget === undefined) {
      node.budget = new RateBudget(this.#options, this.#limit(node.capacity), this.#intervalSeconds);
      this.#keys += 1;
    }
    return node.budget;
  }

  /** Measures the rates of the interval that is ending and redistributes the target. */
  adjust(elapsedSeconds: number, intervalSeconds: number): void {
    this.#intervalSeconds = intervalSeconds;
    this.#measure(this.#root, elapsedSeconds);
    this.#divide(this.#root, this.#options.targetPerSecond);
  }

  #add(parent: Node, part: KeyPart): Node {
    const child = this.#child(parent);
    parent.children.set(part, child);
    return child;
  }

  /** Creates a node with the share that it would get if all of its siblings used theirs. */
  #child({ capacity, children }: Node): Node {
    return new Node(capacity / (children.size + 1));
  }

  /** Measures the rates below a node and removes idle keys. Returns whether any keys remain. */
  #measure(node: Node, elapsedSeconds: number): boolean {
    const { budget } = node;
    node.demand = 0;
    node.guaranteed = 0;
    if (budget !== undefined) {
      const isIdle = !budget.isActive;
      budget.measure(elapsedSeconds);
      if (isIdle && budget.rate < MIN_RATE_OF_FLOOR * this.#options.floorPerSecond) {
        node.budget = undefined;
        this.#keys -= 1;
      } else {
        node.demand = Math.min(budget.rate, Math.max(this.#options.maxPerSecondPerKey, this.#options.floorPerSecond));
        node.guaranteed = Math.min(budget.rate, this.#options.floorPerSecond);
      }
    }
    for (const [part, child] of node.children) {
      if (!this.#measure(child, elapsedSeconds)) node.children.delete(part);
    }
    if (node.other !== undefined && !this.#measure(node.other, elapsedSeconds)) node.other = undefined;
    for (const child of node.all()) {
      node.demand += child.demand;
      node.guaranteed += child.guaranteed;
    }
    return node.budget !== undefined || node.children.size > 0 || node.other !== undefined;
  }

  #divide(node: Node, capacity: number): void {
    node.capacity = capacity;
    node.budget?.renew(this.#limit(capacity), this.#intervalSeconds);
    const children = node.all();
    if (children.length === 0) return;
    const level = fairLevel(children, capacity);
    for (const child of children) this.#divide(child, Math.max(level, child.guaranteed));
  }

  #limit(capacity: number): number {
    const { maxPerSecondPerKey, floorPerSecond } = this.#options;
    return Math.max(Math.min(capacity, maxPerSecondPerKey), floorPerSecond);
  }
}

/** An idle key is removed when its rate drops below this share of the floor. */
const MIN_RATE_OF_FLOOR = 0.01;

class Node implements Claim {
  readonly children = new Map<KeyPart, Node>();
  /** The node for keys beyond the maximum. */
  other: Node | undefined;
  /** The budget of the key that ends at this node. */
  budget: RateBudget | undefined;
  demand = 0;
  guaranteed = 0;
  /** Items per second for all keys below this node. */
  capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  all(): readonly Node[] {
    return this.other === undefined ? [...this.children.values()] : [...this.children.values(), this.other];
  }
}
