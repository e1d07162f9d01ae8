/** The table of a report, whole, against files that a person can read: tests/fixtures/snapshots. */
import assert from "node:assert/strict";
import { makeReport } from "../../evaluation/make_report.ts";
import { reportTable } from "../../evaluation/report_table.ts";
import { fixture } from "../helpers/goldens.ts";
import { madeUpReport } from "./made_up_rows.ts";

/** With this variable set to 1 the files are written instead of compared. */
const UPDATE = "WINNOW_UPDATE_SNAPSHOTS";

const snapshots = {
  "eval_full_grid": madeUpReport(["attention.lambda=0,2", "guidance.scale=1,3"]),
  "eval_first_alone": madeUpReport([], { grammar: "first", prompts: 400 }),
};

for (const [name, input] of Object.entries(snapshots)) {
  Deno.test(`the table is as it was: ${name}`, async () => {
    const path = fixture("snapshots", `${name}.txt`), text = `${reportTable(makeReport(input))}\n`;
    if (Deno.env.get(UPDATE) === "1") await Deno.writeTextFile(path, text);
    assert.equal(text, await Deno.readTextFile(path), `${UPDATE}=1 writes it anew`);
  });
}

Deno.test("no line is wider than asked for, and all columns are there", () => {
  const report = makeReport(snapshots.eval_full_grid);
  const words = (text: string) => new Set(text.split(/ {2,}|\n+/));
  const wide = reportTable(report, { width: 1000 });
  for (const width of [60, 80, 120]) {
    const text = reportTable(report, { width });
    assert.ok(text.split("\n").every((line) => line.length <= width), `${width}`);
    assert.deepEqual(words(text), words(wide));
  }
});
