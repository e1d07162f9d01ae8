/** Attention sites of every layout, mask and size, with what they give in float64: what each computer of sites must pass. */
import { floatTensor, type Tensor } from "../../models/runtimes/tensor.ts";
import type { CuttableSite } from "../../models/surgery/cuttable_site.ts";
import { layoutShape, type OperandLayout } from "../../models/surgery/operand_layout.ts";
import type { SiteText } from "../../models/surgery/attention_site.ts";
import type { AttentionPolicy } from "../../ops/attention/policy.ts";
import { referenceSite } from "./reference_site.ts";

/** A site's sizes and layouts; what is absent is ordinary. */
export interface SiteProblem {
  readonly layouts?: Partial<Record<"query" | "key" | "value" | "output", OperandLayout>>;
  readonly batch?: number;
  readonly heads?: number;
  readonly queries?: number;
  readonly keys?: number;
  readonly headSize?: number;
  readonly mask?: readonly number[];
  readonly policy?: AttentionPolicy;
  /** What operands are rounded to, float32 if absent. */
  readonly dtype?: "float32" | "float16";
  /** Joint attention over so many of the text's tokens. */
  readonly text?: { readonly order: SiteText["order"]; readonly tokens: number };
}

export const PLADIS: AttentionPolicy = { kind: "pladis", lambda: 2, alpha: 1.5 };
const all = (layout: OperandLayout) => ({ query: layout, key: layout, value: layout, output: layout });

export const SITE_PROBLEMS: Readonly<Record<string, SiteProblem>> = {
  "packed": {},
  "heads": { layouts: all("heads") },
  "folded": { layouts: all("folded") },
  "rows": { layouts: all("rows") },
  "each in its own": { layouts: { query: "packed", key: "heads", value: "folded", output: "heads" } },
  "a mask of the keys": { mask: [2, 1, 1, 77] },
  "a mask of all": { mask: [2, 2, 9, 77] },
  "a mask of one batch": { mask: [1, 1, 9, 77] },
  "one key, one query": { keys: 1, queries: 1 },
  "two keys, three elements": { keys: 2, headSize: 3 },
  "one element": { headSize: 1, keys: 5 },
  "a large head": { headSize: 256, keys: 40 },
  "an odd large head": { headSize: 129, keys: 300, queries: 3 },
  "a thousand keys": { keys: 1100, queries: 5 },
  "dense": { policy: { kind: "dense" } },
  "dense, many keys": { keys: 3000, queries: 3, policy: { kind: "dense" } },
  "many queries": { queries: 131, batch: 1, keys: 8 },
  "α 1.05": { policy: { kind: "pladis", lambda: 1.5, alpha: 1.05 } },
  "α 1.25": { policy: { kind: "pladis", lambda: 2, alpha: 1.25 } },
  "α 1.75": { policy: { kind: "pladis", lambda: 2, alpha: 1.75 } },
  "α 2": { policy: { kind: "pladis", lambda: 2, alpha: 2 } },
  "α 3": { policy: { kind: "pladis", lambda: 2, alpha: 3 } },
  "α 4": { policy: { kind: "entmax", alpha: 4 } },
  "cooler": { policy: { kind: "temperature", temperature: 0.7 } },
  "joint, the image first": {
    queries: 12,
    keys: 12,
    layouts: all("heads"),
    text: { order: "image-text", tokens: 5 },
  },
  "joint, the text first": {
    queries: 40,
    keys: 40,
    text: { order: "text-image", tokens: 17 },
  },
  "joint and cooler": {
    queries: 12,
    keys: 12,
    text: { order: "image-text", tokens: 5 },
    policy: { kind: "temperature", temperature: 0.5 },
  },
};

let phase = 0;
function random(shape: readonly number[], dtype: "float32" | "float16" = "float32"): Tensor {
  const start = phase++;
  const size = shape.reduce((a, b) => a * b), round = dtype === "float16" ? Math.f16round : Math.fround;
  return floatTensor(
    shape,
    Float32Array.from({ length: size }, (_, i) => round(1.5 * Math.sin(12.9898 * (i + 31 * start)))),
  );
}

/** A site with operands, and its result in float64. */
export interface PosedSite {
  readonly site: CuttableSite;
  readonly values: ReadonlyMap<string, Tensor>;
  readonly policy: AttentionPolicy;
  /** The name of its result. */
  readonly output: string;
  expected(): Float32Array;
}

/** @param name Tells the values of several sites apart. */
export function poseSite(problem: SiteProblem, name = "site"): PosedSite {
  const { batch = 2, heads = 2, queries = 9, keys = 77, headSize = 20, mask, policy = PLADIS, text, dtype } =
    problem;
  const { query = "packed", key = "packed", value = "packed", output = "packed" } = problem.layouts ?? {};
  const sizes = { heads, headSize }, at = (what: string) => `${name}/${what}`;
  const values = new Map<string, Tensor>([
    [at("q"), random(layoutShape(query, { batch, length: queries }, sizes), dtype)],
    [at("k"), random(layoutShape(key, { batch, length: keys }, sizes), dtype)],
    [at("v"), random(layoutShape(value, { batch, length: keys }, sizes), dtype)],
    ...(mask ? [[at("m"), random(mask, dtype)] as const] : []),
    ...(text ? [[at("text"), random([batch, text.tokens, 3])] as const] : []),
  ]);
  const site: CuttableSite = {
    id: name,
    kind: text ? "joint" : "cross",
    node: name,
    dtype: dtype ?? "float32",
    masked: mask !== undefined,
    ...(text ? { text: { order: text.order, input: at("text") } } : {}),
    operands: {
      query: { value: at("q"), layout: query },
      key: { value: at("k"), layout: key },
      value: { value: at("v"), layout: value },
      output: { value: at("o"), layout: output },
      ...sizes,
      scale: 1 / Math.sqrt(headSize),
      ...(mask ? { mask: at("m") } : {}),
    },
  };
  const expected = () => referenceSite(site, values, policy).data as Float32Array;
  return { site, values, policy, output: at("o"), expected };
}
