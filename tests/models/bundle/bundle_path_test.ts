import assert from "node:assert/strict";
import { win32 } from "node:path";
import fc from "npm:fast-check@4.10.2";
import { BundleError } from "../../../errors.ts";
import { checkBundlePath, diskPath, fileUrl, isBundlePath } from "../../../models/bundle/bundle_path.ts";

const SAFE = [
  "model.onnx",
  "unet/model.onnx_data",
  "a/b/c",
  "..a/b..c",
  "%2e%2e/x",
  "a b/ä.onnx",
  "x?y#z",
  "-",
  ".hidden",
];
const UNSAFE = [
  "",
  ".",
  "..",
  "../x",
  "a/../../x",
  "a/./b",
  "/etc/passwd",
  "//host/share",
  "a//b",
  "a/",
  "C:/x",
  "C:x",
  "..\\x",
  "a\\..\\..\\x",
  "file:x",
  "a\0b",
  "a\nb",
  ".. /x",
  "... ",
  "x./y",
  "\ud800",
];

Deno.test("bundle path: names inside are taken, all others are an error that shows them", () => {
  for (const path of SAFE) assert.equal(checkBundlePath(path, "manifest.json"), path);
  for (const path of UNSAFE) {
    assert.throws(() => checkBundlePath(path, "the manifest at X"), (error) => {
      assert.ok(error instanceof BundleError);
      assert.match(error.message, /each file named in the manifest at X must be inside the bundle/);
      return true;
    }, JSON.stringify(path));
  }
});

Deno.test("bundle path: whatever is taken stays below the root, on disk and in the URL, on every system", () => {
  const piece = fc.constantFrom(
    "..",
    ".",
    "/",
    "\\",
    "%2e%2e",
    "%2F",
    "a",
    ":",
    " ",
    "?",
    "#",
    "@",
    "é",
    "\0",
    "model.onnx",
  );
  const path = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(piece).map((pieces) => pieces.join("")),
    fc.webPath(),
  );
  const base = new URL("https://user@example.org/some/folder?signature=1%2F2");
  fc.assert(
    fc.property(path, (path) => {
      if (!isBundlePath(path)) return;
      assert.ok(diskPath("/home/someone/bundle", path).startsWith("/home/someone/bundle/"));
      assert.ok(win32.join("C:\\root\\bundle", ...path.split("/")).startsWith("C:\\root\\bundle\\"));
      const url = fileUrl(base, path);
      assert.equal(url.origin, base.origin);
      assert.equal(url.search, base.search);
      assert.ok(url.pathname.startsWith("/some/folder/"));
      assert.equal(decodeURIComponent(url.pathname), `/some/folder/${path}`);
    }),
    { numRuns: 500 },
  );
});

Deno.test("file url: a base with and without its last slash is the same place", () => {
  assert.equal(fileUrl(new URL("http://h/a"), "unet/m.onnx").href, "http://h/a/unet/m.onnx");
  assert.equal(fileUrl(new URL("http://h/a/"), "unet/m.onnx").href, "http://h/a/unet/m.onnx");
  assert.equal(fileUrl(new URL("http://h"), "x").href, "http://h/x");
});
