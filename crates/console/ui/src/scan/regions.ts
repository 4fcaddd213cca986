import type { Evaluation, Finding, PixelBox } from "../api/types";

/** A numbered place on the scan. */
export interface NumberedRegion {
  number: number;
  px: PixelBox;
  findings: Finding[];
}

const key = (px: PixelBox) => `${px.x},${px.y},${px.width},${px.height}`;

/** Regions of applicable findings in one view, strongest evidence first, one number per place. */
export function numberedRegions(evaluation: Evaluation, view: number): NumberedRegion[] {
  const places = new Map<string, NumberedRegion>();
  const claims = evaluation.findings
    .filter((f) => f.region?.view === view && f.log_likelihood_ratio > 0)
    .sort((a, b) => b.log_likelihood_ratio - a.log_likelihood_ratio);
  for (const finding of claims) {
    const px = finding.region?.px;
    if (!px) continue;
    const place = places.get(key(px));
    if (place) place.findings.push(finding);
    else places.set(key(px), { number: places.size + 1, px, findings: [finding] });
  }
  return [...places.values()];
}
