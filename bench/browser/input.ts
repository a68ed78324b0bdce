import { setTimeout as sleep } from 'node:timers/promises';
import type { CDPSession, Page } from 'playwright-core';

/** Time between two events, a frame at 60 Hz. */
const FRAME_MILLIS = 16;

/** Sends wheel and drag events at the rate of a real pointer, without waiting for the page to handle each. */
export class Pointer {
  readonly #session: CDPSession;

  private constructor(session: CDPSession) {
    this.#session = session;
  }

  static async of(page: Page): Promise<Pointer> {
    return new Pointer(await page.context().newCDPSession(page));
  }

  /** Turns the wheel `count` times. With `ctrl`, the page zooms. Returns after all events were handled. */
  async wheel(x: number, y: number, count: number, delta: (index: number) => number, ctrl = false): Promise<void> {
    const sent: Promise<unknown>[] = [];
    for (let index = 0; index < count; index += 1) {
      const event = { type: 'mouseWheel', x, y, deltaX: 0, deltaY: delta(index), modifiers: ctrl ? 2 : 0 } as const;
      sent.push(this.#session.send('Input.dispatchMouseEvent', event));
      await sleep(FRAME_MILLIS);
    }
    await Promise.all(sent);
  }

  /** Drags along points. */
  async drag(points: readonly (readonly [x: number, y: number])[]): Promise<void> {
    const sent: Promise<unknown>[] = [];
    const [[firstX, firstY] = [0, 0]] = points;
    const [lastX, lastY] = points.at(-1) ?? [0, 0];
    const send = (type: 'mousePressed' | 'mouseMoved' | 'mouseReleased', x: number, y: number): void => {
      const event = { type, x, y, button: 'left', buttons: 1, clickCount: 1 } as const;
      sent.push(this.#session.send('Input.dispatchMouseEvent', event));
    };
    send('mousePressed', firstX, firstY);
    for (const [x, y] of points) {
      send('mouseMoved', x, y);
      await sleep(FRAME_MILLIS);
    }
    send('mouseReleased', lastX, lastY);
    await Promise.all(sent);
  }
}
