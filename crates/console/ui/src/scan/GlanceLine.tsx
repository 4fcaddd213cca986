import { Tag } from "antd";
import { useTranslation } from "react-i18next";
import type { Declaration, Evaluation } from "../api/types";
import { kilograms } from "./kilograms";
import { LaneMark } from "./LaneMark";

/** What is declared, in one breath: heading, name, packages, gross mass. */
export function declaredInOneLine(declaration: Declaration | undefined, emptyText: string): string {
  if (!declaration) return "";
  const items = declaration.items ?? [];
  const first = items[0];
  if (!first) return emptyText;
  const more = items.length > 1 ? ` +${items.length - 1}` : "";
  const packages = declaration.packages ? `${declaration.packages} ${declaration.package_type ?? ""}`.trim() : "";
  const gross = typeof declaration.gross_kg === "number" ? kilograms(declaration.gross_kg) : "";
  return [`${(first.hs ?? "").slice(0, 4)} ${first.name ?? ""}${more}`.trim(), packages, gross].filter(Boolean).join(" · ");
}

/** The first second: lane, what was declared, what is wrong with it. */
export function GlanceLine({ evaluation, declaration }: { evaluation: Evaluation; declaration?: Declaration }) {
  const { t, i18n } = useTranslation();
  const main = evaluation.reasons.find((reason) => reason.contribution > 0) ?? evaluation.reasons[0];
  const isZh = i18n.language !== "en";
  const text = main && (isZh ? main.text_zh : main.text_en);
  return (
    <header className="glance" data-testid="glance">
      <LaneMark lane={evaluation.lane} score={evaluation.risk_score} size={26} />
      <span className="glance-declared">
        {t("queue.declared")} {declaredInOneLine(declaration, t("scan.emptyDeclared"))}
      </span>
      {text && evaluation.lane !== "green" && (
        <span className="glance-reason">
          <span aria-hidden="true">⚠ </span>
          {text}
        </span>
      )}
      {evaluation.is_random_selection && <Tag>{t("scan.random")}</Tag>}
      {evaluation.degraded.map((why) => (
        <Tag key={why.en} color="gold">
          {t("scan.degraded")}: {isZh ? why.zh : why.en}
        </Tag>
      ))}
    </header>
  );
}
