/**
 * Attention in words.
 *
 * @module
 */
import type { PlacedPolicy } from "./attention/placed_policy.ts";
import { scheduleWords } from "./describe_guidance.ts";
import type { Attention } from "./recipe_attention.ts";

/** `steps 0 to 50 %`; nothing where it is all of them. */
function intervalWords([from, to]: readonly [number, number]): string | false {
  return (from > 0 || to < 1) && `steps ${100 * from} to ${100 * to} %`;
}

function policyWords(policy: PlacedPolicy): (string | false | undefined)[] {
  const where = policy.sites === "all" ? "at all cross-attention sites" : `at ${policy.sites.join(" and ")}`;
  switch (policy.kind) {
    case "entmax":
      return ["entmax", `α ${policy.alpha}`, where];
    case "temperature":
      return ["softmax", `temperature ${policy.temperature}`, where, intervalWords(policy.interval)];
    case "pladis": {
      const { lambda, alpha, schedule, interval } = policy;
      const share = schedule && scheduleWords(schedule);
      return ["PLADIS", `λ ${lambda}`, share, `α ${alpha}`, where, intervalWords(interval)];
    }
    default:
      return policy satisfies never;
  }
}

/** What attention is and where, on one line. */
export function describeAttention(attention: Attention): string {
  if (attention.kind === "dense") return "dense (softmax)";
  const policies = attention.kind === "by-site" ? attention.policies : [attention];
  return policies.map((policy) => policyWords(policy).filter(Boolean).join(", ")).join("; ");
}
