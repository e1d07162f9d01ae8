import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { loadRecipe } from "../../cli/load_recipe.ts";
import { RecipeError } from "../../errors.ts";
import { Image } from "../../pipeline/image.ts";
import { euler, pladis, pocket, recipe } from "../../recipes/recipes.ts";

const RECIPES = JSON.stringify(import.meta.resolve("../../recipes/recipes.ts"));
const night = recipe({ model: pocket(), scheduler: euler({ steps: 7 }), attention: pladis({ lambda: 3 }) });
const data = (value: unknown) => JSON.parse(JSON.stringify(value));

/** Runs `body` with a function that puts a file into a fresh folder and gives its path. */
async function withFiles(
  body: (file: (name: string, text: string | Uint8Array) => string, folder: string) => Promise<void>,
) {
  const folder = await Deno.makeTempDir();
  try {
    await body((name, content) => {
      const path = join(folder, name);
      if (typeof content === "string") Deno.writeTextFileSync(path, content);
      else Deno.writeFileSync(path, content);
      return path;
    }, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const NIGHT = `recipe({ model: pocket(), scheduler: euler({ steps: 7 }), attention: pladis({ lambda: 3 }) })`;
const IMPORT = `import { euler, pladis, pocket, recipe } from ${RECIPES};\n`;

Deno.test("loadRecipe() loads a module's default export, or its only recipe, or the one named", () =>
  withFiles(async (file) => {
    const day = `recipe({ model: pocket() })`;
    const sole = file("sole.ts", `${IMPORT}export const night: unknown = ${NIGHT}; export const other = 7;`);
    const dflt = file("default.ts", `${IMPORT}export default ${NIGHT}; export const day = ${day};`);
    const two = file("two.js", `${IMPORT}export const night = ${NIGHT}, day = ${day};`);
    for (
      const reference of [
        sole,
        dflt,
        `${two}#night`,
        pathToFileURL(sole).href,
        `${pathToFileURL(two).href}#night`,
      ]
    ) {
      assert.deepEqual(data(await loadRecipe(reference)), data(night), reference);
    }
    assert.equal((await loadRecipe(`${two}#day`)).scheduler.steps, 20);
  }));

Deno.test("loadRecipe() loads JSON, and the recipe from a picture that Winnow wrote", () =>
  withFiles(async (file, folder) => {
    assert.deepEqual(data(await loadRecipe(file("night.json", JSON.stringify(night)))), data(night));
    const metadata = { prompt: "p", seed: "1", recipe: night, winnow: "0.1.0", models: {} };
    const image = new Image(1, 1, new Uint8Array(3), metadata);
    await image.save(join(folder, "p.png"));
    assert.deepEqual(data(await loadRecipe(join(folder, "p.png"))), data(night));
  }));

Deno.test("loadRecipe() loads from a server", () =>
  withFiles(async () => {
    const files: Record<string, [string, string]> = {
      "/night.json": [JSON.stringify(night), "application/json"],
      "/night.ts": [`${IMPORT}export const night: unknown = ${NIGHT};`, "application/typescript"],
    };
    await using server = Deno.serve({ port: 0, onListen() {} }, ({ url }) => {
      const found = files[new URL(url).pathname];
      return found === undefined
        ? new Response("none", { status: 404 })
        : new Response(found[0], { headers: { "content-type": found[1] } });
    });
    const root = `http://127.0.0.1:${server.addr.port}`;
    assert.deepEqual(data(await loadRecipe(`${root}/night.json`)), data(night));
    await assert.rejects(loadRecipe(`${root}/none.json`), /server's answer must be 200, got 404/);
    await assert.rejects(
      loadRecipe(`${root}/none.ts`),
      /the module must be one that runs without an error, got ".*Module not found/,
    );
  }));

Deno.test("loadRecipe() says in one line what is wrong with a recipe", () =>
  withFiles(async (file, folder) => {
    const cases: [string, RegExp][] = [
      [join(folder, "none.ts"), /must be a file that can be read, got "nothing there"/],
      [join(folder, "none.json"), /must be a file that can be read, got "nothing there"/],
      [folder, /must be a file that can be read, got "a folder"/],
      [file("notes.txt", "hello"), /one that ends in \.ts, \.js, \.json or \.png/],
      [file("throws.ts", `\n\nthrow new Error("boom");`), /got "Error: boom \(line 3\)"/],
      [file("throws_text.ts", `throw "boom";`), /got "a thrown boom"/],
      [file("syntax.ts", "export default {\n"), /got "SyntaxError: .* \(line \d\)"/],
      [file("import.ts", `import "./not_there.ts";`), /got ".*not_there\.ts/],
      [
        file("empty.ts", "export const x = 1;"),
        /a recipe among them, got \["x"\]\. Write `export default recipe/,
      ],
      [`${file("named.ts", "export const x = 1;")}#y`, /the export must be one of x, got "y"/],
      [
        file("two.ts", `${IMPORT}export const a = ${NIGHT}, b = ${NIGHT};`),
        /got \["a","b"\]\. Name the one to take/,
      ],
      [file("key.ts", `${IMPORT}export default recipe({ model: pocket(), colour: "red" });`), /colour/],
      [file("raw_key.ts", `export default { ...${JSON.stringify(night)}, colour: "red" };`), /colour/],
      [
        file(
          "value.ts",
          `${IMPORT}export default recipe({ model: pocket(), attention: pladis({ alpha: 1 }) });`,
        ),
        /alpha.*got 1/,
      ],
      [file("fake.png", "not a PNG"), /the file must be a PNG file/],
      [file("broken.json", `{"version": 1,`), /the file must be JSON, got "SyntaxError/],
      [file("list.json", "[1]"), /must be/],
      [file("key.json", JSON.stringify({ ...night, colour: "red" })), /colour/],
    ];
    for (const [reference, message] of cases) {
      const error = await loadRecipe(reference).then(() => assert.fail(reference), (error) => error);
      assert.ok(error instanceof RecipeError, `${reference}: ${error}`);
      assert.match(error.message, message);
      assert.ok(error.message.startsWith(`Cannot read the recipe ${reference}: `), error.message);
      assert.ok(!error.message.includes("\n"), error.message);
    }
  }));

Deno.test("loadRecipe() explains a schema error of another copy of Winnow as well as of its own", () =>
  withFiles(async (file) => {
    const foreign = file(
      "foreign.ts",
      `const error = new Error("m"); error.fault = { doing: "x", what: "steps", rule: "above 0", got: 0 }; throw error;`,
    );
    await assert.rejects(
      loadRecipe(foreign),
      /Cannot read the recipe .*foreign\.ts: steps must be above 0, got 0/,
    );
  }));
