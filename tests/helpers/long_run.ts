/** Makes many pictures in one process and prints what is alive after the first and after the last. */
import { liveCounts } from "../../models/runtimes/live_count.ts";
import type { DeviceName } from "../../models/runtimes/runtime.ts";
import { pipeline } from "../../pipeline/pipeline.ts";
import { ddim, pladis, pocket, recipe } from "../../recipes/recipes.ts";

const [device, count] = Deno.args;
const { gc } = globalThis as unknown as { gc(): void };

function measure() {
  // Twice: the first collection lets finalizers run, the second takes what they let go.
  gc();
  gc();
  const { heapUsed, external, rss } = Deno.memoryUsage();
  return { live: liveCounts(), heapUsed, external, rss };
}

const scene = recipe({ model: pocket(), scheduler: ddim({ steps: 1 }), attention: pladis() });
let first, last;
{
  await using pipe = await pipeline(scene, { device: device as DeviceName, onNotice: () => {} });
  for (let i = 0; i < Number(count); i++) {
    const image = await pipe.generate("a cat left of a rocket", { seed: i });
    await image.encodePng();
    await new Promise((resolve) => setTimeout(resolve));
    if (i === 0) first = measure();
  }
  last = measure();
}
console.log(JSON.stringify({ first, last, end: liveCounts() }));
Deno.exit(0);
