import assert from "node:assert/strict";
import { BundleError } from "../../../errors.ts";
import { openBundleFiles } from "../../../models/bundle/open_files.ts";
import {
  POCKET_JUDGE_MANIFEST_SHA256,
  POCKET_JUDGE_URL,
  readJudgeFile,
} from "../../../models/pocket/pocket_judge.ts";
import { fromFileUrl } from "npm:deno-std@1.4.0/path/from_file_url.js";
import { filesBelow } from "../bundle/bundle_folders.ts";
import { rejects } from "../bundle/bundle_rejection.ts";

/** What the repository promises of the judge's network. */
const MOST_BYTES = 2e6;

Deno.test("pocket judge: the files are those whose manifest is pinned, each as the manifest says, and no others", async () => {
  const files = await openBundleFiles(POCKET_JUDGE_URL, { manifestSha256: POCKET_JUDGE_MANIFEST_SHA256 });
  const listed = [...files.manifest?.files.keys() ?? []].sort();
  assert.deepEqual(listed, ["model.onnx", "sprites.png", "world.json"]);
  const there = await filesBelow(fromFileUrl(POCKET_JUDGE_URL) as string);
  assert.deepEqual(there.filter((path) => path !== "manifest.json"), listed);
  for (const path of listed) await files.verify(path);
  assert.ok((await readJudgeFile("model.onnx")).length < MOST_BYTES);
});

Deno.test("pocket judge: files of another manifest are refused", async () => {
  const opening = openBundleFiles(POCKET_JUDGE_URL, { manifestSha256: "0".repeat(64) });
  await rejects(opening, "manifest.json must be the manifest of SHA-256 0000");
  await assert.rejects(opening, BundleError);
});
