/** The chart of a report. */
import assert from "node:assert/strict";
import { makeReport } from "../../evaluation/make_report.ts";
import { LINE_COLORS } from "../../evaluation/line_chart.ts";
import { reportChart } from "../../evaluation/report_chart.ts";
import { madeUpReport } from "./made_up_rows.ts";

const KINDS = 12, LINES = KINDS + 1;

/** Numbers of an attribute of all elements of a kind. */
const numbers = (svg: string, pattern: RegExp) => [...svg.matchAll(pattern)].map(([, x]) => Number(x));

/** Elements that open and close properly, or an error. */
function checkXml(svg: string): void {
  const open: string[] = [];
  for (const [, close, name, self] of svg.matchAll(/<(\/?)([a-zA-Z]+)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (close) assert.equal(open.pop(), name);
    else if (!self) open.push(name);
  }
  assert.deepEqual(open, []);
  assert.doesNotMatch(svg.replaceAll(/&(amp|lt|gt|quot);/g, ""), /&|NaN|undefined|Infinity/);
}

Deno.test("along an axis of numbers, each kind has a line whose marks are spaced as the numbers are", () => {
  const report = makeReport(madeUpReport(["attention.lambda=0,3,1"]));
  const svg = reportChart(report);
  checkXml(svg);
  assert.equal(svg.match(/<circle [^>]*><title>/g)?.length, 3 * LINES);
  assert.equal(svg.match(/<path d="M[^"]*" stroke-width="2"/g)?.length, LINES);
  const [zero, three, one] = numbers(svg, /<circle cx="([\d.]+)"[^>]*><title>/g);
  assert.ok(Math.abs((one - zero) / (three - zero) - 1 / 3) < 0.01);
  const line = /<path d="(M[^"]*)" stroke-width="2"/.exec(svg)?.[1] ?? "";
  const xs = [...line.matchAll(/[ML]([\d.]+)/g)].map(([, x]) => Number(x));
  assert.deepEqual(xs, [...xs].sort((a, b) => a - b), "joined from left to right");
  assert.match(svg, />attention\.lambda</);
  assert.match(svg, />all \(120\)</);
  const { mean, low, high } = report.settings[1].kinds.sizes?.right ?? { mean: 0, low: 0, high: 0 };
  const [m, l, h] = [mean, low, high].map((share) => (100 * share).toFixed(1));
  assert.ok(svg.includes(`<title>sizes (10): ${m} % (${l} to ${h})</title>`));
});

Deno.test("settings that stand along no number have marks side by side, with names, and no lines", () => {
  for (const axes of [["attention.lambda=0,2", "guidance.scale=1,3"], ["scheduler.kind=euler,ddim"], []]) {
    const svg = reportChart(makeReport(madeUpReport(axes)), { width: 500 });
    checkXml(svg);
    assert.doesNotMatch(svg, /<path d="M[\d. ]+L/);
    const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)?.map(Number) ?? [];
    for (const x of numbers(svg, /<(?:circle cx|text x)="([-\d.]+)"/g)) {
      assert.ok(x >= 0 && x <= width, `${x}`);
    }
    for (const y of numbers(svg, /<(?:circle [^>]*cy|text [^>]*?y)="([-\d.]+)"/g)) {
      assert.ok(y >= 0 && y <= height);
    }
  }
  const grid = reportChart(makeReport(madeUpReport(["attention.lambda=0,2", "guidance.scale=1,3"])));
  assert.match(grid, />lambda=2<\/text>\n<text[^>]*>scale=3</);
});

Deno.test("names are escaped", () => {
  const input = madeUpReport([]);
  const name = 'a<b & "c"';
  const settings = input.settings.map((setting) => ({ ...setting, name }));
  const rows = input.rows.map((row) => ({ ...row, setting: name }));
  const svg = reportChart(makeReport({ ...input, settings, rows }));
  checkXml(svg);
  assert.match(svg, /a&lt;b &amp; &quot;c&quot;/);
});

Deno.test("every line can be seen on a light and on a dark page", () => {
  const channel = (x: number) => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
  const luminance = (hex: string) => {
    const [r, g, b] = [1, 3, 5].map((i) => channel(parseInt(hex.slice(i, i + 2), 16) / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  // WCAG 2: what is not text needs a contrast of 3
  const contrast = (a: number, b: number) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  assert.equal(new Set(LINE_COLORS).size, LINES);
  for (const color of LINE_COLORS) {
    assert.ok(contrast(luminance(color), luminance("#ffffff")) >= 3, color);
    assert.ok(contrast(luminance(color), luminance("#0d1117")) >= 3, color);
  }
});
