/**
 * A small bitmap font for labels on contact sheets: printable ASCII and a few signs, 5 pixels wide, 7 high
 * and 2 below the baseline.
 *
 * @module
 */

/** Width of a character, in font pixels, without the gap to the next. */
export const GLYPH_WIDTH = 5;
/** Height of a character with the part below the baseline, in font pixels. */
export const GLYPH_HEIGHT = 9;

/** Rows that are stored. */
const BODY_HEIGHT = 7;
const DESCENT = GLYPH_HEIGHT - BODY_HEIGHT;
/** The characters that stand lower than the others. */
const DESCENDERS = "gpqy";

const CHARACTERS =
  "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~αλ×σ…";

/** Seven base-32 digits a character, one a row from the top; in a digit the most significant bit is the left pixel. */
const ROWS = [
  "4444404aaa0000aavavaa4fke5u4pp248jjcik8lid44800002488842842224804lel40044v4400000c48000v00000000cc",
  "11248ggehjlphe4c4444eeh1248vv2421he26aiv22vgu11he68guhhev124444ehhehheehhf12c0cc0cc00cc0c48248g842",
  "00v0v008421248eh12404eh1dlleehhvhhhuhhuhhuehggghesihhhisvgguggvvggugggehgnhhfhhhvhhhe44444e72222ic",
  "hikokihggggggvhrllhhhhhpljhhehhhhheuhhugggehhhliduhhukihfgge11uv444444hhhhhhehhhhha4hhhlllahha4ahh",
  "hhha444v1248gve88888egg84211e22222e4ah0000000000v842000000e1fhfggmphhu00egghe11djhhf00ehvge698s888",
  "fhhhf1eggmphhh40c444e20622icggikokic44444e00qllhh00mphhh00ehhheuhhhuggdjhhf1100mpggg00ege1u88s8896",
  "00hhhjd00hhha400hhlla00ha4ahhhhhf1e00v248v244844244444448442448008l20000diiid844cihh00ha4ah00fihhe",
  "000000l",
].join("");

const RADIX = 32;

/**
 * The rows of a character, from the top: each a number whose bits are its pixels, the leftmost the most significant.
 * A letter is shown without accents, any other character that the font has not got as "?"; a space is empty.
 */
export function glyph(character: string): readonly number[] {
  if (/\s/.test(character)) return new Array<number>(GLYPH_HEIGHT).fill(0);
  const [base] = CHARACTERS.includes(character) ? character : character.normalize("NFD");
  const known = CHARACTERS.indexOf(base);
  const start = (known < 0 ? CHARACTERS.indexOf("?") : known) * BODY_HEIGHT;
  const body = [...ROWS.slice(start, start + BODY_HEIGHT)].map((digit) => parseInt(digit, RADIX));
  const blank = new Array<number>(DESCENT).fill(0);
  return DESCENDERS.includes(base) ? [...blank, ...body] : [...body, ...blank];
}
