import assert from "node:assert/strict";
import { join } from "npm:deno-std@1.4.0/path/join.js";
import fc from "npm:fast-check@4.10.2";
import { sha256Hex, sha256OfFile, startDigest } from "../../../models/bundle/file_digest.ts";
import { tempFolder } from "./bundle_folders.ts";

// FIPS 180-2, appendix B.1.
const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

Deno.test("digest: the standard's example, in all three ways", async () => {
  const bytes = new TextEncoder().encode("abc");
  assert.equal(await sha256Hex(bytes), ABC);
  const digest = await startDigest();
  digest.update(bytes.subarray(0, 1));
  digest.update(bytes.subarray(1));
  assert.equal(digest.hex(), ABC);
  await using folder = await tempFolder();
  const path = join(folder.path, "x");
  await Deno.writeFile(path, bytes);
  assert.equal(await sha256OfFile(path), ABC);
});

Deno.test("digest: pieces and files give what the whole gives", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "x");
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 })), async (pieces) => {
      const whole = new Uint8Array(pieces.flatMap((piece) => [...piece]));
      const digest = await startDigest();
      for (const piece of pieces) digest.update(piece);
      const expected = await sha256Hex(whole);
      assert.equal(digest.hex(), expected);
      await Deno.writeFile(path, whole);
      assert.equal(await sha256OfFile(path), expected);
    }),
    { numRuns: 50 },
  );
});

Deno.test("digest: a file larger than the buffer", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "x");
  const bytes = new Uint8Array(3_000_001).map((_, i) => i * i);
  await Deno.writeFile(path, bytes);
  assert.equal(await sha256OfFile(path), await sha256Hex(bytes));
});
