/** The address of a sender. */
export interface Sender {
  readonly ip: string;
  readonly port: number;
}

/** Takes lines. */
export interface LineSink {
  add(line: string, sender: Sender): void;
}

const decoder = new TextDecoder();
const NEWLINE = 0x0a;

/** Passes on the lines of a message. Empty lines are left out. */
export function addLines(message: Uint8Array, sender: Sender, sink: LineSink): void {
  for (let start = 0; start < message.length; ) {
    const found = message.indexOf(NEWLINE, start);
    const end = found < 0 ? message.length : found;
    if (end > start) sink.add(decoder.decode(message.subarray(start, end)), sender);
    start = end + 1;
  }
}
