import type { Interval } from "../api/types";

/** Kilograms as an officer reads them: kg below one tonne, tonnes with one decimal above. */
export function kilograms(kg: number): string {
  return Math.abs(kg) < 1000 ? `${Math.round(kg)} kg` : `${(kg / 1000).toFixed(1)} t`;
}

/** An interval of kilograms; `atLeast` words the case of an unbounded upper end. */
export function kilogramRange(range: Interval, atLeast: (lo: string) => string): string {
  if (range.hi === null || range.hi === undefined) return atLeast(kilograms(range.lo));
  if (Math.round(range.lo) === Math.round(range.hi)) return kilograms(range.lo);
  const inTonnes = Math.abs(range.hi) >= 1000;
  return inTonnes
    ? `${(range.lo / 1000).toFixed(1)}–${(range.hi / 1000).toFixed(1)} t`
    : `${Math.round(range.lo)}–${Math.round(range.hi)} kg`;
}
