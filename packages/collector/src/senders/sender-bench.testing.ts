import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { context } from '@opentelemetry/api';
import { StackContextManager } from '@opentelemetry/sdk-trace';
import { ACCEPTED, forEachSpan, type Outcome } from '@otelier/otlp';
import type { SendersReport } from '@otelier/query';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { systemClock } from '@otelier/transport/clock';
import { otlp } from '../receivers/otlp.ts';
import { type ProgramOptions, type SdkProgram, startProgram } from './sdk-program.testing.ts';

/** A receiver whose senders are observed, for all tests of a file. Its clock only moves ahead with `shift`. */
export interface SenderBench {
  /** The address of the receiver. */
  readonly url: string;
  now(): number;
  shift(millis: number): void;
  /** Sets the outcomes of the next requests of a service. */
  respond(service: string, outcomes: readonly Outcome[]): void;
  /** Starts a program with the official SDK. */
  program(service: string, options?: Partial<ProgramOptions>): SdkProgram;
  report(): Promise<SendersReport>;
  reportOf(service: string): Promise<SendersReport['senders'][number]>;
  /** Expects a sender to have one finding, whose texts match. */
  expectFinding(service: string, check: string, message: RegExp, remedy: RegExp, code?: RegExp): Promise<void>;
}

/** Starts the receiver before the tests of the file, and stops it and the programs after them. */
export function useSenderBench(): SenderBench {
  let shiftMillis = 0;
  const clock = {
    ...systemClock,
    now: () => systemClock.now() + shiftMillis,
    monotonic: () => systemClock.monotonic() + shiftMillis,
  };
  const programs: SdkProgram[] = [];
  const outcomes = new Map<string, Outcome[]>();
  let bench: ComponentBench;
  let url = '';

  before(async () => {
    bench = await createComponentBench(otlp, { config: { protocols: { http: { endpoint: '127.0.0.1:0' } } }, clock });
    bench.response = ({ signal, parts }) => {
      let service = '';
      if (signal === 'traces') {
        for (const part of parts) {
          forEachSpan(part, (span) => {
            service = span.resource.serviceName ?? '';
          });
        }
      }
      return outcomes.get(service)?.shift() ?? ACCEPTED;
    };
    await bench.start();
    url = `http://${bench.service.host.endpoints()[0]?.address}`;
    context.setGlobalContextManager(new StackContextManager().enable());
  });
  after(async () => {
    context.disable();
    await Promise.all(programs.map((program) => program.close()));
    await bench.service.shutdown();
  });

  async function reportOf(service: string): Promise<SendersReport['senders'][number]> {
    const { senders } = await bench.service.host.senders();
    const found = senders.find((sender) => sender.service === service);
    assert.ok(found, `expected ${service} among ${senders.map((sender) => sender.service).join(', ')}`);
    return found;
  }

  return {
    get url() {
      return url;
    },
    now: clock.now,
    shift(millis) {
      shiftMillis += millis;
    },
    respond: (service, next) => void outcomes.set(service, [...next]),
    program(service, { attributes, ...options } = {}) {
      const identity = { 'service.name': service, 'service.version': '1.0', 'service.instance.id': `${service}-1` };
      const started = startProgram({ url, attributes: { ...identity, ...attributes }, ...options });
      programs.push(started);
      return started;
    },
    report: () => bench.service.host.senders(),
    reportOf,
    async expectFinding(service, check, message, remedy, code) {
      const { findings } = await reportOf(service);
      assert.deepEqual(
        findings.map((finding) => finding.check),
        [check],
        JSON.stringify(findings),
      );
      assert.match(findings[0]?.message ?? '', message);
      assert.match(findings[0]?.remedy ?? '', remedy);
      if (code !== undefined) assert.match(findings[0]?.code ?? '', code);
    },
  };
}
