import assert from "node:assert/strict";
import { BundleError } from "../../../errors.ts";
import { checkManifest } from "../../../models/bundle/bundle_manifest.ts";

const SHA = "AB".repeat(32);

Deno.test("manifest: a good one is taken, hashes in lower case", () => {
  const manifest = checkManifest(
    { version: 1, files: { "unet/model.onnx": { size: 3, sha256: SHA } } },
    "m",
    "own",
  );
  assert.deepEqual([...manifest.files], [["unet/model.onnx", { size: 3, sha256: SHA.toLowerCase() }]]);
  assert.equal(manifest.sha256, "own");
});

const file = (facts: unknown) => ({ version: 1, files: { "a.onnx": facts } });
const CASES: [string, unknown, RegExp][] = [
  ["not an object", [], /m: the whole must be an object/],
  ["another version", { version: 2, files: {} }, /m: version must be 1, got 2/],
  ["no files", { version: 1 }, /m: files must be an object/],
  ["no size", file({ sha256: SHA }), /files\["a.onnx"\]\.size must be a number of bytes, got undefined/],
  ["a negative size", file({ size: -1, sha256: SHA }), /size must be a number of bytes, got -1/],
  ["a size that is no integer", file({ size: 1.5, sha256: SHA }), /got 1.5/],
  ["a short hash", file({ size: 1, sha256: "ab" }), /sha256 must be 64 hexadecimal digits, got "ab"/],
  ["no facts", file(null), /files\["a.onnx"\] must be an object/],
  [
    "itself",
    { version: 1, files: { "manifest.json": { size: 1, sha256: SHA } } },
    /another file than the manifest/,
  ],
  [
    "a way out",
    { version: 1, files: { "../x": { size: 1, sha256: SHA } } },
    /inside the bundle.*got "..\/x"/,
  ],
  ["an absolute path", { version: 1, files: { "/x": { size: 1, sha256: SHA } } }, /inside the bundle/],
  ["a backslash", { version: 1, files: { "unet\\x": { size: 1, sha256: SHA } } }, /inside the bundle/],
];

for (const [name, json, message] of CASES) {
  Deno.test(`manifest: ${name} is an error`, () => {
    assert.throws(() => checkManifest(json, "m", ""), (error) => {
      assert.ok(error instanceof BundleError);
      assert.match(error.message, message);
      return true;
    });
  });
}
