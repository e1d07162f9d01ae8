export type AttentionPolicy = { readonly kind: "dense" } | { readonly kind: "entmax"; readonly alpha: number } | { readonly kind: "pladis"; readonly lambda: number; readonly alpha: number };
export function policyInputs(policy: AttentionPolicy): Record<string, number> { return policy.kind === "pladis" ? { pladis_lambda: policy.lambda } : {}; }
