/**
 * Colours for heat maps, from dark violet over red to light yellow, that differ by equal steps to the eye.
 *
 * The path is ours, and is walked at even speed in Oklab, where distances are those that people see. Source:
 * B. Ottosson, "A perceptual color space for image processing", 2020, https://bottosson.github.io/posts/oklab/ (the
 * two matrices); IEC 61966-2-1 (sRGB's transfer function).
 *
 * @module
 */
import type { Rgb } from "./contact_sheet.ts";

/** Lightness, chroma and hue in degrees of the path's corners. */
const PATH = [
  [0.20, 0.09, 285],
  [0.36, 0.15, 310],
  [0.52, 0.19, 355],
  [0.66, 0.18, 35],
  [0.80, 0.155, 70],
  [0.96, 0.12, 106],
] as const;
/** How many straight pieces stand for each stretch between corners. */
const PIECES = 64;
/** As many as the levels of a channel. */
const COLORS = 256;

type Triple = readonly [number, number, number];

const mix = (a: Triple, b: Triple, t: number): Triple => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
];

function labOf([lightness, chroma, hue]: Triple): Triple {
  const angle = hue * Math.PI / 180;
  return [lightness, chroma * Math.cos(angle), chroma * Math.sin(angle)];
}

function encodeChannel(linear: number): number {
  const x = Math.min(Math.max(linear, 0), 1);
  return Math.round(255 * (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055));
}

function rgbOf([lightness, a, b]: Triple): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3;
  return [
    encodeChannel(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encodeChannel(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encodeChannel(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s),
  ];
}

function walkPath(): Rgb[] {
  const turned = PATH.map(([l, c, h]): Triple => [l, c, h < 180 ? h + 360 : h]);
  const points = turned.slice(1).flatMap((corner, i) =>
    Array.from({ length: PIECES }, (_, piece) => labOf(mix(turned[i], corner, piece / PIECES)))
  );
  points.push(labOf(turned.at(-1)!));
  const walked = [0];
  for (let i = 1; i < points.length; i++) {
    walked.push(walked[i - 1] + Math.hypot(...points[i].map((x, axis) => x - points[i - 1][axis])));
  }
  let piece = 1;
  return Array.from({ length: COLORS }, (_, i) => {
    const way = walked.at(-1)! * i / (COLORS - 1);
    while (piece < points.length - 1 && walked[piece] < way) piece++;
    const share = (way - walked[piece - 1]) / (walked[piece] - walked[piece - 1]);
    return rgbOf(mix(points[piece - 1], points[piece], share));
  });
}

/** 256 colours, [256, 3], uint8: from nothing to the most. */
export const HEAT_COLORS: readonly Rgb[] = walkPath();
