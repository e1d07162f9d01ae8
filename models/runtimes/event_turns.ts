/**
 * Letting events in between pieces of work.
 *
 * @module
 */

/** How long an event may have to wait, apart from the step that is being computed. */
const TURN_EVERY_MS = 50;

/**
 * Gives a function to be awaited between pieces of work, which now and then lets events in, signals among them.
 *
 * A runtime that computes on this thread settles its promises without the event loop ever coming to rest, so that a
 * run would not hear of Ctrl-C until it is over. Only a timer makes the loop look at the operating system at once:
 * after messages and immediates it does so every 61st time. As a timer costs a millisecond or more, it is not set
 * at every call.
 */
export function eventTurns(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < TURN_EVERY_MS) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    last = performance.now();
  };
}
