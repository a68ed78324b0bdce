/** Timeout for the response to each message and for the close. */
const RESPONSE_MILLIS = 200;
const CLOSE_MILLIS = 15_000;

/**
 * Sends messages with Node's WebSocket client, waits briefly for as many responses, and closes the connection. Returns
 * an error if it does not end correctly.
 */
export async function converse(
  url: string,
  protocol: string,
  messages: readonly Uint8Array[],
): Promise<string | undefined> {
  const socket = new WebSocket(url, protocol);
  let responses = 0;
  const closed = new Promise<'closed'>((resolve) => socket.addEventListener('close', () => resolve('closed')));
  const replied = new Promise<void>((resolve) => {
    socket.addEventListener('message', () => {
      responses++;
      if (responses >= messages.length) resolve();
    });
  });
  socket.addEventListener('error', () => {});
  socket.addEventListener('open', () => {
    for (const message of messages) socket.send(message as Uint8Array<ArrayBuffer>);
  });
  await Promise.race([closed, replied, after(RESPONSE_MILLIS)]);
  socket.close();
  const end = await Promise.race([closed, after(CLOSE_MILLIS)]);
  return end === 'closed' ? undefined : `did not close a connection within ${CLOSE_MILLIS} ms`;
}

function after(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis).unref());
}
