/** The assertion of most of these tests: a BundleError that says what it should. */
import assert from "node:assert/strict";
import { BundleError } from "../../../errors.ts";

/** The promise must fail with a BundleError whose message has all of these in it. */
export async function rejects(promise: Promise<unknown>, ...parts: (string | RegExp)[]): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof BundleError, String(error));
    for (const part of parts) {
      if (typeof part === "string") assert.ok(error.message.includes(part), `${error.message} lacks ${part}`);
      else assert.match(error.message, part);
    }
    return true;
  });
}
