import assert from "node:assert/strict";
import { DeviceError } from "../../errors.ts";
import { floatTensor } from "../../models/runtimes/tensor.ts";
import { checkFinite } from "../../pipeline/check_finite.ts";

Deno.test("checkFinite: a tensor of finite numbers is given back as it is", () => {
  const tensor = floatTensor([2, 2], Float32Array.of(0, -0, 3.4e38, -1e-45));
  assert.equal(checkFinite(tensor, "unet"), tensor);
});

Deno.test("checkFinite: the first number that is not finite is named, and its component", () => {
  for (const [bad, name] of [[NaN, "NaN"], [Infinity, "Infinity"], [-Infinity, "-Infinity"]] as const) {
    const tensor = floatTensor([1, 2, 2], Float32Array.of(1, 2, bad, NaN));
    assert.throws(() => checkFinite(tensor, "vae_decoder"), (error: Error) => {
      assert.ok(error instanceof DeviceError);
      assert.match(error.message, /^Cannot run vae_decoder: its output must be finite numbers/);
      assert.ok(error.message.includes(`got "${name} at element 2 of [1, 2, 2]"`), error.message);
      return true;
    });
  }
});

Deno.test("checkFinite: another type is refused", () => {
  const tensor = { dtype: "int64", shape: [1], data: BigInt64Array.of(1n) } as const;
  assert.throws(() => checkFinite(tensor, "unet"), /its output must be float32, got "int64"/);
});

Deno.test("checkFinite: nothing but zeros is no output, and where a fault arises is told", () => {
  const zeros = floatTensor([2], new Float32Array(2));
  assert.throws(
    () => checkFinite(zeros, "unet"),
    /its output must be numbers other than zero, got "2 zeros".*float16/,
  );
  const bad = floatTensor([1], Float32Array.of(NaN));
  assert.throws(
    () => checkFinite(bad, "unet", "segment 3"),
    /got "NaN at element 0 of \[1\]; it first arises in segment 3"/,
  );
});
