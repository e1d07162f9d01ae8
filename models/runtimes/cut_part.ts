/**
 * The parts of a cut denoiser's run.
 *
 * @module
 */
import type { CutGraph } from "../surgery/cut_graph.ts";
import type { CuttableSite } from "../surgery/cuttable_site.ts";

/** What runs by itself. */
export interface CutPart {
  /** What depends on the prompt alone, in onnxruntime; a segment, likewise; or sites, in kernels of ours. */
  readonly kind: "prompt" | "segment" | "attention";
  /** For a person: `"segment 2 of 9"`. */
  readonly name: string;
}

/**
 * Sees the parts of runs: it is given each in its turn, and must do its work, once, and pass on what comes of it. When that
 * is there, on a GPU all commands of the part are submitted to the device's queue, in order; the GPU may still be at them.
 */
export type AroundPart = <T>(part: CutPart, work: () => Promise<T>) => Promise<T>;

/** Names of a cut graph's parts; `attention` is undefined where a stage ends without sites. */
export interface CutParts {
  readonly prompt: CutPart;
  readonly stages: readonly { readonly segment: CutPart; readonly attention: CutPart | undefined }[];
}

/** The part that some sites are. */
export function attentionPart(sites: readonly CuttableSite[]): CutPart {
  return { kind: "attention", name: `attention at ${sites.map(({ id }) => id).join(", ")}` };
}

/** Names the parts. */
export function partsOf({ stages }: CutGraph): CutParts {
  return {
    prompt: { kind: "prompt", name: "what depends on the prompt alone" },
    stages: stages.map(({ sites }, i) => ({
      segment: { kind: "segment", name: `segment ${i + 1} of ${stages.length}` },
      attention: sites.length === 0 ? undefined : attentionPart(sites),
    })),
  };
}
