/**
 * Shares with intervals as an SVG chart.
 *
 * @module
 */
import type { ChartScale } from "./chart_scale.ts";
import type { Estimate } from "./statistics/paired_bootstrap.ts";

/** A line of a chart. */
export interface ChartLine {
  readonly name: string;
  /** A share for each position of the scale, 0 to 1. */
  readonly shares: readonly Estimate[];
}

/** What a chart shows. */
export interface LineChart {
  /** Pixels; less than 320 is taken as 320. */
  readonly width: number;
  /** Above the plot: what the vertical axis is. */
  readonly heading: string;
  readonly scale: ChartScale;
  /** At most as many as there are `LINE_COLORS`. */
  readonly lines: readonly ChartLine[];
}

const LEAST_WIDTH = 320;
const PLOT_HEIGHT = 300;
const MARGIN = { left: 48, right: 132, top: 32, bottom: 44 } as const;
/** A letter's width and a line's height, in pixels. */
const LETTER = 6.6, LINE = 15;
/** Labels that do not fit side by side stand aslant: degrees, and what a pixel of text then takes in x and in y. */
const SLANT = 30, SLANT_X = 0.87, SLANT_Y = 0.5;
const TICKS = [0, 20, 40, 60, 80, 100];
const MARK = 3.5, WHISKER = 3;
/** Pixels by which lines are moved apart, so that error bars can be told from each other. */
const APART = 3;

/**
 * One colour a line. Each has a contrast of at least 3 to white and to GitHub's dark background, and lines that come
 * next to each other differ in lightness and dash as well as in hue.
 */
export const LINE_COLORS = [
  "#0f7fd6",
  "#d1580a",
  "#0c8f63",
  "#c0459b",
  "#8a7410",
  "#7a6ae6",
  "#d6453f",
  "#10899b",
  "#7d7d7d",
  "#5b9310",
  "#a3652c",
  "#5f7f9e",
  "#b5476b",
] as const;
const DASHES = ["", "6 3", "2 3"];

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(
    '"',
    "&quot;",
  );
}

const at = (x: number) => String(Number(x.toFixed(1)));

function text(x: number, y: number, content: string, attributes = ""): string {
  return `<text x="${at(x)}" y="${at(y)}"${attributes}>${escape(content)}</text>`;
}

/** One kind's marks with error bars, joined in the order given. */
function lineSvg(
  line: ChartLine,
  i: number,
  x: (setting: number) => number,
  y: (share: number) => number,
  joined: readonly number[],
): string {
  const points = line.shares.map(({ mean, low, high }, s) => ({
    x: x(s),
    mean: y(mean),
    low: y(low),
    high: y(high),
  }));
  const dash = DASHES[i % DASHES.length];
  const path = joined.map((s, k) => `${k === 0 ? "M" : "L"}${at(points[s].x)} ${at(points[s].mean)}`).join(
    " ",
  );
  const bars = points.map((p) =>
    `M${at(p.x)} ${at(p.low)}V${at(p.high)}M${at(p.x - WHISKER)} ${at(p.low)}h${2 * WHISKER}` +
    `M${at(p.x - WHISKER)} ${at(p.high)}h${2 * WHISKER}`
  ).join("");
  return [
    `<g stroke="${LINE_COLORS[i % LINE_COLORS.length]}" fill="none">`,
    ...(path === ""
      ? []
      : [`<path d="${path}" stroke-width="2"${dash ? ` stroke-dasharray="${dash}"` : ""}/>`]),
    `<path d="${bars}"/>`,
    ...points.map((p, s) => {
      const { mean, low, high } = line.shares[s];
      const percents = [mean, low, high].map((share) => (100 * share).toFixed(1));
      const title = `${line.name}: ${percents[0]} % (${percents[1]} to ${percents[2]})`;
      return `<circle cx="${at(p.x)}" cy="${at(p.mean)}" r="${MARK}" fill="currentColor" style="color:${
        LINE_COLORS[i % LINE_COLORS.length]
      }"><title>${escape(title)}</title></circle>`;
    }),
    "</g>",
  ].join("\n");
}

/**
 * An SVG chart of shares in percent, with error bars and a key. It has no background, and its text is dark or light as
 * the reader's page is.
 */
export function lineChart({ width: wanted, heading, scale, lines }: LineChart): string {
  const width = Math.max(wanted, LEAST_WIDTH);
  const { title, positions, labels, joined } = scale;
  const spread = (lines.length * APART) / 2 + MARK;
  const rows = labels.map((label) => label.split(", "));
  const longest = Math.max(...rows.flat().map(({ length }) => length)) * LETTER;
  const aslant = longest > (width - MARGIN.left - MARGIN.right) / labels.length;
  const left = Math.max(MARGIN.left, aslant ? longest * SLANT_X - spread : 0);
  const plotWidth = width - left - MARGIN.right;
  const x = (position: number) => left + spread + position * (plotWidth - 2 * spread);
  const y = (share: number) => MARGIN.top + (1 - share) * PLOT_HEIGHT;
  const bottom = MARGIN.top + PLOT_HEIGHT;
  const most = Math.max(...rows.map(({ length }) => length));
  const height = bottom + MARGIN.bottom + (most - 1) * LINE + (aslant ? longest * SLANT_Y : 0);
  const right = left + plotWidth;
  const slant = (px: number) =>
    aslant
      ? ` text-anchor="end" transform="rotate(-${SLANT} ${at(px)} ${at(bottom + 18)})"`
      : ' text-anchor="middle"';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${
      Math.ceil(height)
    }" width="${width}" height="${
      Math.ceil(height)
    }" font-family="system-ui, sans-serif" font-size="12" role="img">`,
    `<title>${escape(`Right pictures${title ? ` by ${title}` : ""}`)}</title>`,
    "<style>text{fill:#24292f}.grid{stroke:#8c959f;stroke-opacity:.35}" +
    "@media(prefers-color-scheme:dark){text{fill:#d0d7de}}</style>",
    text(left, MARGIN.top - 14, heading),
    ...TICKS.flatMap((tick) => [
      `<path class="grid" d="M${at(left)} ${at(y(tick / 100))}H${at(right)}"/>`,
      text(left - 8, y(tick / 100) + 4, String(tick), ' text-anchor="end"'),
    ]),
    ...rows.flatMap((parts, s) =>
      parts.map((part, k) => text(x(positions[s]), bottom + 18 + k * LINE, part, slant(x(positions[s]))))
    ),
    ...(title ? [text(left + plotWidth / 2, height - 6, title, ' text-anchor="middle"')] : []),
    ...lines.map((line, i) => {
      const moved = (i - (lines.length - 1) / 2) * APART;
      return lineSvg(line, i, (s) => x(positions[s]) + moved, y, joined);
    }),
    ...lines.flatMap((line, i) => {
      const rowY = MARGIN.top + 8 + i * 18, color = LINE_COLORS[i % LINE_COLORS.length];
      const dash = joined.length > 0 ? DASHES[i % DASHES.length] : "";
      return [
        `<path d="M${at(right + 12)} ${rowY}h20" stroke="${color}" stroke-width="2"${
          dash ? ` stroke-dasharray="${dash}"` : ""
        }/><circle cx="${at(right + 22)}" cy="${rowY}" r="${MARK}" fill="${color}"/>`,
        text(right + 38, rowY + 4, line.name),
      ];
    }),
    "</svg>\n",
  ].join("\n");
}
