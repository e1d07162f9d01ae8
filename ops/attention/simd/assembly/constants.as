// Numbers that loops need, four times each. As constants in the code they would be made anew in every turn of a loop, by
// three instructions each; from memory it is one.

import { CONSTANTS } from "./scratch";

export const LOG2_E: usize = CONSTANTS;
export const ROUND: usize = CONSTANTS + 0x10;
export const LN2_HIGH: usize = CONSTANTS + 0x20;
export const LN2_LOW: usize = CONSTANTS + 0x30;
export const LEAST: usize = CONSTANTS + 0x40;
export const ONE: usize = CONSTANTS + 0x50;
/** Coefficients of eʳ − 1, from the highest power down. */
export const E5: usize = CONSTANTS + 0x60;
export const E4: usize = CONSTANTS + 0x70;
export const E3: usize = CONSTANTS + 0x80;
export const E2: usize = CONSTANTS + 0x90;
export const E1: usize = CONSTANTS + 0xa0;
/** Of 2ʳ. */
export const T5: usize = CONSTANTS + 0xb0;
export const T4: usize = CONSTANTS + 0xc0;
export const T3: usize = CONSTANTS + 0xd0;
export const T2: usize = CONSTANTS + 0xe0;
export const T1: usize = CONSTANTS + 0xf0;
export const T0: usize = CONSTANTS + 0x100;
export const LOWEST: usize = CONSTANTS + 0x110;
export const HIGHEST: usize = CONSTANTS + 0x120;
/** Of log₂((1 + s) / (1 − s)) / s, a polynomial in s². */
export const L2: usize = CONSTANTS + 0x130;
export const L1: usize = CONSTANTS + 0x140;
export const L0: usize = CONSTANTS + 0x150;
export const ROOT_HALF: usize = CONSTANTS + 0x160;
/** Of x^(−1/3). */
export const MINUS_THIRD: usize = CONSTANTS + 0x170;
export const CUBE_ROUND: usize = CONSTANTS + 0x180;
export const THIRD: usize = CONSTANTS + 0x190;
export const TWO_NINTHS: usize = CONSTANTS + 0x1a0;

@inline
function put(scratch: usize, at: usize, x: f32): void {
  v128.store(scratch + at, f32x4.splat(x));
}

export function writeConstants(scratch: usize): void {
  put(scratch, LOG2_E, 1.4426950408889634);
  // added to a float32 it rounds to a whole number, which then lies in the lowest bits
  put(scratch, ROUND, 12582912);
  // ln 2 in two parts: a whole number of up to 15 bits times the first is exact
  put(scratch, LN2_HIGH, 0.693359375);
  put(scratch, LN2_LOW, -2.12194440e-4);
  // below, eˣ is 0 here: beside 1 it counts for nothing, and further down products become denormal, which are slow
  put(scratch, LEAST, -69);
  put(scratch, ONE, 1);
  put(scratch, E5, 0.008290229);
  put(scratch, E4, 0.041898392);
  put(scratch, E3, 0.1666764);
  put(scratch, E2, 0.49999145);
  put(scratch, E1, 0.9999997);
  put(scratch, T5, 0.0013276358);
  put(scratch, T4, 0.0096756555);
  put(scratch, T3, 0.055507146);
  put(scratch, T2, 0.24022117);
  put(scratch, T1, 0.69314694);
  put(scratch, T0, 1.0000001);
  put(scratch, LOWEST, -125);
  put(scratch, HIGHEST, 126);
  put(scratch, L2, 0.59899646);
  put(scratch, L1, 0.9614701);
  put(scratch, L0, 2.8853912);
  put(scratch, ROOT_HALF, reinterpret<f32>(0x3f3504f3));
  // −1/3 of the bits, all but the last eight
  put(scratch, MINUS_THIRD, -1.0 / 768);
  // 2²³, so that what is added lies in the lowest bits, and 4/3 of the bits of 1 less what makes the errors even
  put(scratch, CUBE_ROUND, 13935152);
  put(scratch, THIRD, 1.0 / 3);
  put(scratch, TWO_NINTHS, 2.0 / 9);
}
