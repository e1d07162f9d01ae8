/**
 * One evaluation of the model at a step:
 * - `unconditional`: the negative prompt; the empty one for a rule that has a branch for the negative prompt
 * - `conditional`: the prompt
 * - `negative`: the negative prompt, where it is told apart from the empty one
 * - `pag`, `seg`, `slg`: the prompt, by a network whose attention or layers are hampered
 * - `weak`: the prompt, by a worse network
 * - `nag`: the prompt, pushed away from the negative prompt in each cross-attention
 */
export type Branch = "unconditional" | "conditional" | "negative" | "pag" | "seg" | "slg" | "weak" | "nag";

/** What the branches of one step predicted: float32, [B, C, H, W] flattened. */
export type BranchOutputs = Readonly<Partial<Record<Branch, Float32Array>>>;

/** B, C, H, W. */
export type LatentShape = readonly [batch: number, channels: number, height: number, width: number];
