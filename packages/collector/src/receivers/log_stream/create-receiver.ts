import type { ComponentContext, Receiver, SignalConsumers } from '../../component/contract.ts';
import { LogStream, type LogStreamOptions } from './log-stream.ts';

/** Something that receives messages. */
interface Input {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Creates a receiver of log records from its inputs, which `open` creates. */
export function createStreamReceiver(
  options: LogStreamOptions,
  next: SignalConsumers,
  context: ComponentContext,
  open: (stream: LogStream) => readonly Input[],
): Receiver {
  if (next.logs === undefined) throw new Error(`${context.id}: expected a pipeline of logs`);
  const stream = new LogStream(options, next.logs, context);
  const inputs = open(stream);
  const stop = () => Promise.all(inputs.map((input) => input.stop()));
  return {
    async start() {
      await stream.start();
      for (const input of inputs) await input.start();
    },
    async drain(deadline) {
      await stop();
      await stream.drain(deadline);
    },
    async shutdown() {
      await stop();
      await stream.shutdown();
    },
  };
}
