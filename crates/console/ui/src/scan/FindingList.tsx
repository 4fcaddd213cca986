import { useTranslation } from "react-i18next";
import type { Evaluation } from "../api/types";
import { kilogramRange } from "./kilograms";
import type { NumberedRegion } from "./regions";

interface Props {
  evaluation: Evaluation;
  regions: NumberedRegion[];
  focused: number | null;
  onFocus: (number: number | null) => void;
}

/** Findings with kilograms; hovering one lights up its place on the scan. */
export function FindingList({ evaluation, regions, focused, onFocus }: Props) {
  const { t, i18n } = useTranslation();
  const isZh = i18n.language !== "en";
  const claims = [...evaluation.findings]
    .filter((f) => f.validity !== "not_applicable")
    .sort((a, b) => b.log_likelihood_ratio - a.log_likelihood_ratio);
  if (claims.length === 0) return <p className="quiet">{t("scan.noFindings")}</p>;
  return (
    <ol className="findings">
      {claims.map((f) => {
        const number = regions.find((r) => r.findings.includes(f))?.number;
        return (
          <li
            key={`${f.kind}-${f.line ?? ""}-${f.text.en}`}
            className={number !== undefined && number === focused ? "focused" : ""}
            onMouseEnter={() => onFocus(number ?? null)}
            onMouseLeave={() => onFocus(null)}
          >
            {number !== undefined && <b className="number">{number}</b>}
            <span>{isZh ? f.text.zh : f.text.en}</span>
            <small>
              {f.mass_kg && <span>{kilogramRange(f.mass_kg, (lo) => t("scan.atLeast", { lo }))}</span>}
              {f.validity !== "applicable" && <span>{t(`validity.${f.validity}`)}</span>}
              {f.evidence.slice(0, 3).map((e) => (
                <span key={e.name}>
                  {e.name} {typeof e.observed === "number" ? e.observed.toPrecision(3) : "–"}
                  {typeof e.expected === "number" ? ` / ${e.expected.toPrecision(3)}` : ""} {e.unit}
                </span>
              ))}
            </small>
          </li>
        );
      })}
    </ol>
  );
}
