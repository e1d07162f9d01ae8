/** A denoiser cut at some of its sites, the segments on onnxruntime and the sites in float64 TypeScript. */
import { encodeForSession } from "../../models/onnx/encode_onnx.ts";
import type { Runtime, Session } from "../../models/runtimes/runtime.ts";
import type { Tensor } from "../../models/runtimes/tensor.ts";
import { cutGraph } from "../../models/surgery/cut_graph.ts";
import type { CuttableSite } from "../../models/surgery/cuttable_site.ts";
import type { AttentionPolicy } from "../../ops/attention/policy.ts";
import type { CoreForward } from "./core_forward.ts";
import { referenceSite } from "./reference_site.ts";

export interface ReferenceDenoiser extends AsyncDisposable {
  /** What it gives for the feeds of `core_forward`, with these policies at its sites. */
  run(policyAt: (site: CuttableSite) => AttentionPolicy): Promise<Float32Array>;
}

export async function openReferenceDenoiser(
  runtime: Runtime,
  { model, changing, feeds, output }: CoreForward,
  sites: readonly CuttableSite[],
): Promise<ReferenceDenoiser> {
  await using stack = new AsyncDisposableStack();
  const { prompt, stages } = cutGraph(model, sites, changing);
  const open = async (segment = prompt): Promise<Session | undefined> =>
    segment && stack.use(await runtime.compile(encodeForSession(segment.model), "segment"));
  const opened = [await open()];
  for (const { segment } of stages) opened.push(segment && await open(segment));
  const owned = stack.move();
  return {
    async run(policyAt) {
      const values = new Map(Object.entries(feeds));
      const compute = async (session: Session | undefined) => {
        if (!session) return;
        for (const [name, tensor] of Object.entries(await session.run(Object.fromEntries(values)))) {
          values.set(name, tensor);
        }
      };
      await compute(opened[0]);
      for (const [i, { sites: here }] of stages.entries()) {
        await compute(opened[i + 1]);
        for (const site of here) {
          values.set(site.operands.output.value, referenceSite(site, values, policyAt(site)));
        }
      }
      return (values.get(output) as Tensor).data as Float32Array;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
