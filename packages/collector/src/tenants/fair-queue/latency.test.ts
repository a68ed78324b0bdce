import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED } from '@otelier/otlp';
import { createRandom } from '@otelier/testkit/otlp/random';
import { FairQueue } from './fair-queue.ts';

/** Time that a request takes, in milliseconds, and its size. */
const SERVICE_MILLIS = 1.3;
const SIZE_BYTES = 65_000;
const READ_MILLIS = 0.05;
const TENANTS = 99;
const SIMULATED_MILLIS = 20_000;

interface Arrival {
  readonly atMillis: number;
  readonly tenant: number;
  readonly part: 'head' | 'body';
  readonly dueMillis: number;
}

/** An event loop whose time passes only with work, and the requests that reach it. */
class Simulation {
  readonly #queue: FairQueue<{ readonly weight: number }, number>;
  readonly #tenants = Array.from({ length: TENANTS + 1 }, () => ({ weight: 1 }));
  readonly #latencies: number[] = [];
  readonly #arrivals: Arrival[];
  #nowMillis = 0;
  #immediate: (() => void) | undefined;
  noisyRequests = 0;

  constructor(arrivals: readonly Arrival[]) {
    this.#arrivals = [...arrivals];
    this.#queue = new FairQueue(
      () => this.#nowMillis,
      (fn) => {
        this.#immediate = fn;
      },
    );
  }

  /** Runs the loop, and returns the latencies of all tenants but the noisy one, in ascending order. */
  run(): readonly number[] {
    while (this.#nowMillis < SIMULATED_MILLIS && this.#arrivals.length > 0) {
      this.#poll();
      const immediate = this.#immediate;
      this.#immediate = undefined;
      immediate?.();
      this.#nowMillis += 0.01;
    }
    return this.#latencies.toSorted((a, b) => a - b);
  }

  /** Reads what has arrived. Without anything else to do, waits for the next arrival. */
  #poll(): void {
    const [next] = this.#arrivals;
    if (next !== undefined && this.#immediate === undefined) this.#nowMillis = Math.max(this.#nowMillis, next.atMillis);
    const now = this.#nowMillis;
    const count = this.#arrivals.findIndex(({ atMillis }) => atMillis > now);
    for (const arrival of this.#arrivals.splice(0, count < 0 ? this.#arrivals.length : count)) this.#read(arrival);
  }

  #read({ tenant, part, dueMillis }: Arrival): void {
    const flow = this.#tenants[tenant] ?? assert.fail();
    this.#nowMillis += READ_MILLIS;
    if (part === 'head') {
      this.#queue.announce(flow);
      this.#add({ atMillis: this.#nowMillis, tenant, part: 'body', dueMillis });
      return;
    }
    this.#queue.run(flow, tenant, SIZE_BYTES, () => {
      this.#nowMillis += SERVICE_MILLIS;
      if (tenant > 0) this.#latencies.push(this.#nowMillis - dueMillis);
      // The noisy tenant sends its next request as soon as it has the response.
      else this.#add({ atMillis: this.#nowMillis + 0.2, tenant, part: 'head', dueMillis: this.#nowMillis });
      if (tenant === 0) this.noisyRequests += 1;
      return ACCEPTED;
    });
  }

  #add(arrival: Arrival): void {
    const at = this.#arrivals.findIndex(({ atMillis }) => atMillis > arrival.atMillis);
    this.#arrivals.splice(at < 0 ? this.#arrivals.length : at, 0, arrival);
  }
}

/** Returns requests of tenants other than the noisy one, which come independently, at a share of what can be processed. */
function quiet(share: number): readonly Arrival[] {
  const random = createRandom(7);
  const arrivals: Arrival[] = [];
  for (let at = 0; at < SIMULATED_MILLIS; at += (-Math.log((1 + random(1e6)) / 1e6) * SERVICE_MILLIS) / share)
    arrivals.push({ atMillis: at, tenant: 1 + random(TENANTS), part: 'head', dueMillis: at });
  return arrivals;
}

const NOISY = Array.from({ length: 32 }, () => ({ atMillis: 0, tenant: 0, part: 'head', dueMillis: 0 }) as const);

function p99(latencies: readonly number[]): number {
  return latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN;
}

test('the p99 of tenants at 60 % of the capacity grows by less than half when one sends as much as it can', () => {
  const alone = p99(new Simulation(quiet(0.6)).run());
  const simulation = new Simulation([...NOISY, ...quiet(0.6)]);
  const ratio = p99(simulation.run()) / alone;
  assert.ok(ratio < 1.5, `${ratio} times`);
  // The noisy tenant gets what the others leave, and reading takes a part of it.
  const left = (SIMULATED_MILLIS / SERVICE_MILLIS) * 0.4;
  assert.ok(simulation.noisyRequests > 0.7 * left, `${simulation.noisyRequests} of ${left}`);
});

test('a noisy tenant gets its share when the others could use everything', () => {
  const simulation = new Simulation([...NOISY, ...quiet(1.2)]);
  simulation.run();
  const share = SIMULATED_MILLIS / SERVICE_MILLIS / (TENANTS + 1);
  assert.ok(simulation.noisyRequests > share / 2, `${simulation.noisyRequests} of ${share}`);
});
