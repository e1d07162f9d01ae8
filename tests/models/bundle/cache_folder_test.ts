import assert from "node:assert/strict";
import { resolve } from "npm:deno-std@1.4.0/path/resolve.js";
import { BundleError } from "../../../errors.ts";
import { cacheEntry, cacheFolder } from "../../../models/bundle/cache_folder.ts";

const NAMES = ["WINNOW_CACHE", "XDG_CACHE_HOME", "HOME", "LOCALAPPDATA"];

/** Runs with these variables alone of those that matter. */
function withVariables(variables: Record<string, string>, run: () => void): void {
  const before = NAMES.map((name) => [name, Deno.env.get(name)] as const);
  try {
    for (const name of NAMES) Deno.env.delete(name);
    for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
    run();
  } finally {
    for (const [name, value] of before) {
      value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
    }
  }
}

Deno.test("cache: the option goes before the variable, and the variable before the platform", () => {
  withVariables({ WINNOW_CACHE: "/w", XDG_CACHE_HOME: "/x", HOME: "/h" }, () => {
    assert.equal(cacheFolder("/o"), "/o");
    assert.equal(cacheFolder(), "/w");
    assert.equal(cacheFolder("relative"), resolve("relative"));
  });
});

Deno.test({
  name: "cache: Linux has XDG_CACHE_HOME, if absolute, else ~/.cache",
  ignore: Deno.build.os !== "linux",
  fn() {
    withVariables({ XDG_CACHE_HOME: "/x", HOME: "/h" }, () => assert.equal(cacheFolder(), "/x/winnow"));
    withVariables({ XDG_CACHE_HOME: "x", HOME: "/h" }, () => assert.equal(cacheFolder(), "/h/.cache/winnow"));
    withVariables({ WINNOW_CACHE: "", HOME: "/h" }, () => assert.equal(cacheFolder(), "/h/.cache/winnow"));
  },
});

Deno.test("cache: with nothing to go by it is an error that says what to set", () => {
  withVariables({}, () => {
    assert.throws(
      () => cacheFolder(),
      (error) => error instanceof BundleError && /WINNOW_CACHE/.test(error.message),
    );
  });
});

Deno.test("cache entry: one folder a URL, told by host and path, whoever asks", async () => {
  const entry = (url: string) => cacheEntry("/c", new URL(url));
  const a = await entry("https://example.org/org/model/resolve/main/");
  assert.match(a, /^\/c\/bundles\/example\.org-org-model-resolve-main-[0-9a-f]{16}$/);
  assert.equal(await entry("https://me:secret@example.org/org/model/resolve/main/#x"), a);
  const others = ["https://example.org/org/model/resolve/v2/", "http://example.org/org/model/resolve/main/"];
  for (const url of [...others, "https://example.org/org/model/resolve/main/?v=2"]) {
    assert.notEqual(await entry(url), a);
  }
  const long = await entry(`https://example.org/${"../".repeat(5)}${"x/".repeat(300)}`);
  assert.ok(long.length < 100 && !long.includes(".."), long);
});
