import type { TracerProvider } from '@opentelemetry/api';
import { SDK_VERSION } from '../version.ts';
import { enter } from './requests.ts';

/** Options for interactions. */
export interface InteractionOptions {
  readonly tracerProvider: TracerProvider;
  /** The events to record. Default `click` and `submit`. */
  readonly events?: readonly (keyof DocumentEventMap)[];
}

/**
 * Records what users do on buttons, links, forms and inputs, as spans that contain the requests which the handlers send
 * before they first await something else. Texts and values are not recorded. Call the result to undo it.
 */
export function instrumentInteractions(options: InteractionOptions): () => void {
  const tracer = options.tracerProvider.getTracer('@otelier/sdk/browser/interactions', SDK_VERSION);
  const { events = ['click', 'submit'] } = options;
  const listener = ({ type, target }: Event) => {
    const element = target instanceof Element ? target.closest(ELEMENTS) : null;
    if (element === null) return;
    const attributes = { 'event.type': type, 'target.element': element.tagName, 'target.xpath': pathOf(element) };
    const span = tracer.startSpan(type, { attributes });
    const leave = enter(span);
    // After the handlers and the continuations that they queued.
    setTimeout(() => {
      leave();
      span.end();
    });
  };
  for (const event of events) document.addEventListener(event, listener, { capture: true, passive: true });
  return () => {
    for (const event of events) document.removeEventListener(event, listener, { capture: true });
  };
}

const ELEMENTS = 'a,button,form,input,label,select,textarea,summary,[role]';

/** Returns the path of an element from the closest ancestor with an ID, such as `//*[@id="cart"]/div/button[2]`. */
function pathOf(element: Element): string {
  if (element.id !== '') return `//*[@id="${element.id}"]`;
  const { parentElement: parent, localName } = element;
  if (parent === null) return `/${localName}`;
  const siblings = [...parent.children].filter((each) => each.localName === localName);
  return `${pathOf(parent)}/${localName}${siblings.length > 1 ? `[${siblings.indexOf(element) + 1}]` : ''}`;
}
