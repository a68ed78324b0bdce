import { createSocket, type Socket } from 'node:dgram';

/**
 * Returns heartbeats of Fluentd to their senders, over UDP at the port of the TCP server. Only the first byte is sent
 * back, as in the Collector, so that the response is never larger than the request.
 */
export async function openHeartbeat(host: string, port: number): Promise<{ close(): Promise<void> }> {
  const socket: Socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', reusePort: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, host, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  socket.on('error', () => {});
  socket.on('message', (message, sender) => {
    if (message.length > 0) socket.send(message.subarray(0, 1), sender.port, sender.address, () => {});
  });
  return { close: () => new Promise((resolve) => socket.close(() => resolve())) };
}
