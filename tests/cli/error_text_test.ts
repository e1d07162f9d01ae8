import assert from "node:assert/strict";
import { errorText, exitCodeOf } from "../../cli/error_text.ts";
import { BundleError, UsageError } from "../../errors.ts";

const fault = {
  doing: "open the bundle",
  what: "unet/model.onnx",
  rule: "there",
  remedy: "Export it again.",
};

Deno.test("errorText() gives one line, and with debug the stack and the cause", () => {
  const error = new BundleError(fault, { cause: new Error("deep\ncause") });
  assert.equal(
    errorText(error, false),
    "Error: Cannot open the bundle: unet/model.onnx must be there. Export it again.",
  );
  const text = errorText(error, true);
  assert.match(text, /BundleError: Cannot open/);
  assert.match(text, /error_text_test\.ts:\d+/);
  assert.match(text, /deep/);
});

Deno.test("errorText() says how to learn more about what nobody foresaw", () => {
  assert.equal(
    errorText(new TypeError("x is\n  not a function"), false),
    "Error: TypeError: x is not a function (unexpected; WINNOW_DEBUG=1 shows where it comes from)",
  );
  assert.match(errorText("text", false), /^Error: text \(unexpected/);
});

Deno.test("exitCodeOf() is 2 for the command line's faults and 1 for all others", () => {
  assert.equal(exitCodeOf(new UsageError(fault)), 2);
  assert.equal(exitCodeOf(new BundleError(fault)), 1);
  assert.equal(exitCodeOf(new Error("x")), 1);
});
