import type { Signal } from '@otelier/otlp';
import type { Clock } from '@otelier/transport';
import type { Normalizer } from '../../component/normalize-worker/normalizer.ts';
import { loadDecoder } from '../../messages/decode.ts';
import type { DecodersBySignal } from '../../messages/message.ts';

/** Loads the decoders of the messages of signals by the encodings in a configuration. */
export async function loadDecoders(
  signals: readonly Signal[],
  config: Readonly<Record<Signal, { readonly encoding: string }>>,
  dependencies: { readonly normalizer: Normalizer; readonly clock: Clock },
): Promise<DecodersBySignal> {
  const context = {
    ...dependencies,
    loadSpanDecoder: async () => (await import('./span-decoder.ts')).spanDecoder,
  };
  const load = async (signal: Signal) => [signal, await loadDecoder(signal, config[signal].encoding, context)] as const;
  return new Map(await Promise.all(signals.map(load)));
}
