/** What is used of a rate: until when it is paid for, in microseconds. */
export interface RateUse {
  /** Returns the current time of `paidMicros`. `nowMillis` is the monotonic time of the thread. */
  nowMicros(nowMillis: number): number;
  readonly paidMicros: number;
  /** Pays for more, from now on or after what is already paid for. */
  pay(micros: number, nowMicros: number): void;
}

/** What is used of the limits of a tenant. */
export interface TenantUse {
  readonly bytes: RateUse;
  readonly items: RateUse;
  /** Bytes in flight in all threads that share the limits. */
  readonly inFlightBytes: number;
  addInFlight(bytes: number): void;
  /** Open connections in all threads. */
  readonly connections: number;
  addConnections(count: number): void;
  /** Active series in all threads. One that several threads receive counts in each. */
  readonly series: number;
  addSeries(count: number): void;
  /** Size of stored telemetry, as the stores of the process reported last. */
  storedBytes: number;
}

/** The use of a tenant's limits by one thread. */
export class LocalUse implements TenantUse {
  readonly bytes: RateUse = new LocalRateUse();
  readonly items: RateUse = new LocalRateUse();
  inFlightBytes = 0;
  connections = 0;
  series = 0;
  storedBytes = 0;

  addInFlight(bytes: number): void {
    this.inFlightBytes += bytes;
  }

  addConnections(count: number): void {
    this.connections += count;
  }

  addSeries(count: number): void {
    this.series += count;
  }
}

class LocalRateUse implements RateUse {
  paidMicros = Number.NEGATIVE_INFINITY;

  nowMicros(nowMillis: number): number {
    return nowMillis * 1000;
  }

  pay(micros: number, nowMicros: number): void {
    this.paidMicros = Math.max(this.paidMicros, nowMicros) + micros;
  }
}
