import { useTranslation } from "react-i18next";
import type { Evaluation } from "../api/types";

/** The score as a sum: prior and reasons add up to the log-odds of the probability. */
export function ScoreBreakdown({ evaluation }: { evaluation: Evaluation }) {
  const { t, i18n } = useTranslation();
  const isZh = i18n.language !== "en";
  const rows = [
    { key: "prior", text: t("scan.prior"), value: evaluation.prior_log_odds },
    ...evaluation.reasons.map((r, i) => ({
      key: `${r.code}-${i}`,
      text: isZh ? r.text_zh : r.text_en,
      value: r.contribution,
    })),
  ];
  const largest = Math.max(1, ...rows.map((r) => Math.abs(r.value)));
  const sum = rows.reduce((total, r) => total + r.value, 0);
  const { lo, hi } = evaluation.interval;
  return (
    <div className="score">
      <table>
        <tbody>
          {rows.map((r) => (
            <tr key={r.key}>
              <td>{r.text}</td>
              <td className="bar">
                <i
                  className={r.value < 0 ? "minus" : "plus"}
                  style={{ width: `${(Math.abs(r.value) / largest) * 100}%` }}
                />
              </td>
              <td className="figure">{signed(r.value)}</td>
            </tr>
          ))}
          <tr className="sum">
            <td>{t("scan.sum")}</td>
            <td />
            <td className="figure">{signed(sum)}</td>
          </tr>
        </tbody>
      </table>
      <p className="quiet">
        {t("scan.probability")}: {percent(evaluation.probability)} ({percent(lo)}–{percent(hi ?? 1)}) ·{" "}
        {t(`calibration.${evaluation.calibration}`)}
      </p>
    </div>
  );
}

function percent(p: number): string {
  return p < 0.001 && p > 0 ? "<0.1 %" : `${(p * 100).toFixed(1)} %`;
}

function signed(value: number): string {
  return `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(2)}`;
}
