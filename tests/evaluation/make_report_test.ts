/** From rows to a report. */
import assert from "node:assert/strict";
import { EvaluationError } from "../../errors.ts";
import { makeReport } from "../../evaluation/make_report.ts";
import type { Measure } from "../../evaluation/report_type.ts";
import { madeUpReport } from "./made_up_rows.ts";

const input = madeUpReport(["attention.lambda=0,1,2"]);
const report = makeReport(input);
const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-9, `${a}, expected ${b}`);

Deno.test("makeReport() counts, whole and apart", () => {
  assert.equal(report.prompts, 120);
  assert.deepEqual(Object.values(report.kinds), Array(12).fill(10));
  report.settings.forEach((setting, s) => {
    const rows = input.rows.filter((row) => row.setting === setting.name);
    const share = (of: typeof rows) => of.filter(({ right }) => right).length / of.length;
    near(setting.all.right.mean, share(rows));
    near(setting.all.anywhere.mean, rows.filter(({ anywhere }) => anywhere).length / 120);
    assert.equal(setting.all.background.mean, 1);
    assert.ok(setting.all.background.low < 1, "not without doubt");
    near(setting.kinds.tints?.right.mean ?? NaN, share(rows.filter(({ kind }) => kind === "tints")));
    near(setting.heldOut?.right.mean ?? NaN, share(rows.filter(({ heldOut }) => heldOut)));
    assert.equal((setting.heldOut?.prompts ?? 0) + (setting.trained?.prompts ?? 0), 120);
    near(setting.all.psnr.mean, rows.reduce((sum, { psnr }) => sum + psnr, 0) / 120);
    near(setting.all.right.difference.mean, setting.all.right.mean - report.settings[0].all.right.mean);
    // the scenes are right under the last setting only if they are under the others
    const last = input.rows.filter((row) => row.setting === input.settings[2].name);
    const common = rows.filter(({ index }) => last[index].right);
    assert.equal(setting.psnrWhereRight?.prompts, common.length);
    near(
      setting.psnrWhereRight?.mean ?? NaN,
      common.reduce((sum, { psnr }) => sum + psnr, 0) / common.length,
    );
    near(setting.psnrWhereRight?.difference.mean ?? NaN, -s);
    assert.deepEqual([setting.diversity?.prompts, setting.diversity?.arrangements.mean], [3, 2]);
    near(setting.ms, 259.5);
  });
});

Deno.test("every mean lies in its interval, and differences are known better than their parts", () => {
  const measures = (value: unknown): Measure[] =>
    typeof value !== "object" || value === null
      ? []
      : "difference" in value
      ? [value as Measure]
      : Object.values(value).flatMap(measures);
  const all = report.settings.flatMap(measures);
  assert.ok(all.length > 100);
  for (const { mean, low, high, difference } of all) {
    assert.ok(low <= mean + 1e-9 && mean <= high + 1e-9, `${low} ${mean} ${high}`);
    assert.ok(difference.low <= difference.mean + 1e-9 && difference.mean <= difference.high + 1e-9);
  }
  const { low, high, difference } = report.settings[2].all.right;
  assert.ok(difference.high - difference.low < high - low);
  assert.ok(difference.high < 0, "seen, although the intervals of the means overlap");
});

Deno.test("a report does not depend on the order of the rows, and is plain data", () => {
  assert.deepEqual(makeReport({ ...input, rows: [...input.rows].reverse() }), report);
  assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
});

Deno.test("rows that only tell of diversity are not counted", () => {
  const more = input.rows.slice(0, 5).map((row) => ({ ...row, repeat: 1, right: false, psnr: 0 }));
  const { settings } = makeReport({ ...input, rows: [...input.rows, ...more] });
  assert.deepEqual(settings[0].all, report.settings[0].all);
});

Deno.test("what was not measured is null", () => {
  const first = madeUpReport([], { grammar: "first", prompts: 6 });
  const none = first.rows.map((row) => ({ ...row, right: false }));
  const [setting] = makeReport({ ...first, rows: none, diversity: [[]] }).settings;
  assert.deepEqual([setting.trained, setting.heldOut, setting.psnrWhereRight, setting.diversity], [
    null,
    null,
    null,
    null,
  ]);
  assert.deepEqual(Object.keys(setting.kinds), ["one", "two"]);
});

Deno.test("a setting that lacks a scene is an error that names it", () => {
  for (const rows of [input.rows.slice(0, -1), input.rows.slice(0, 180), []]) {
    assert.throws(() => makeReport({ ...input, rows }), (error: Error) => {
      assert.ok(error instanceof EvaluationError);
      assert.match(
        error.message,
        /the scenes of "attention.lambda=\d" must be those of "attention.lambda=0"/,
      );
      return true;
    });
  }
});
