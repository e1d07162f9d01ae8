import assert from "node:assert/strict";
import { normalizedAttention } from "../../../ops/guidance/normalized_attention.ts";

const p = Float32Array.of(1, -1, 2, 0, 0.5, 0.5), n = Float32Array.of(0, 1, 2, 3, -1, 0);

Deno.test("nag: scale 1, or none of the result, leaves attention as it is", () => {
  assert.deepEqual(normalizedAttention(p, n, { kind: "nag", scale: 1, tau: 2, alpha: 1 }, 3), p);
  assert.deepEqual(normalizedAttention(p, n, { kind: "nag", scale: 9, tau: 2, alpha: 0 }, 3), p);
});

Deno.test("nag: within reach it extrapolates, beyond it each query is cut to τ times the prompt's own size", () => {
  const free = normalizedAttention(p, n, { kind: "nag", scale: 2, tau: 100, alpha: 1 }, 3);
  assert.deepEqual(free, Float32Array.of(2, -3, 2, -3, 2, 1));
  const cut = normalizedAttention(p, n, { kind: "nag", scale: 2, tau: 1.5, alpha: 1 }, 3);
  // ‖p‖₁ is 4 and 1, ‖free‖₁ 7 and 6
  free.forEach((value, j) => assert.ok(Math.abs(cut[j] - value * (j < 3 ? 6 / 7 : 1.5 / 6)) <= 1e-6));
});
