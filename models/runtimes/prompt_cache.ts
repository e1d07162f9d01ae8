/**
 * What depends on the prompt alone, computed once a prompt and not once a step.
 *
 * @module
 */
import { giveBack, type PlacedTensor } from "./gpu_tensor.ts";
import type { PlacedSession } from "./cut_side.ts";
import type { Tensor } from "./tensor.ts";

/** Results of the prompt's segment, for the prompts of late. */
export interface PromptCache extends Disposable {
  /** The segment's results for these feeds, owned by the cache. */
  of(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, PlacedTensor>>>;
  /** Gives all results back: the next run computes its own again. */
  empty(): void;
}

/** As many sets of branches as a guidance rule evaluates in calls of their own. */
const MOST_PROMPTS = 4;

interface Entry {
  readonly feeds: readonly Tensor[];
  readonly results: Readonly<Record<string, PlacedTensor>>;
}

function release({ results }: Entry): void {
  for (const tensor of Object.values(results)) giveBack(tensor);
}

/**
 * A cache over a segment.
 *
 * Prompts are told apart by the identity of their tensors' data: comparing contents at each step would cost what the
 * cache saves.
 *
 * @param session The prompt's segment, borrowed; undefined where nothing depends on the prompt alone.
 */
export function createPromptCache(session: PlacedSession | undefined): PromptCache {
  let entries: Entry[] = [];
  function empty(): void {
    entries.forEach(release);
    entries = [];
  }
  return {
    async of(feeds) {
      if (!session) return {};
      const own = session.inputs.map(({ name }) => feeds[name]);
      const known = entries.find((entry) => entry.feeds.every(({ data }, i) => data === own[i]?.data));
      if (known) return known.results;
      const entry = { feeds: own, results: await session.run(feeds) };
      entries = [entry, ...entries];
      for (const old of entries.splice(MOST_PROMPTS)) release(old);
      return entry.results;
    },
    empty,
    [Symbol.dispose]: empty,
  };
}
