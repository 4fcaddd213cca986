import { Table } from "antd";
import { useTranslation } from "react-i18next";
import type { DeclaredVersusObserved } from "../api/types";
import { kilogramRange, kilograms } from "./kilograms";

/** The declaration line by line: was it found, how much of it, how well does it look like the goods. */
export function DeclaredLines({ lines }: { lines: DeclaredVersusObserved[] }) {
  const { t } = useTranslation();
  if (lines.length === 0) return <p className="quiet">{t("scan.emptyDeclared")}</p>;
  return (
    <Table
      size="small"
      rowKey="line"
      pagination={false}
      dataSource={lines}
      columns={[
        { title: t("scan.line"), dataIndex: "line", width: 44 },
        {
          title: t("scan.goods"),
          render: (_, l) => (
            <span>
              <code>{l.hs ?? "–"}</code> {l.name}
            </span>
          ),
        },
        {
          title: t("scan.declared"),
          align: "right",
          render: (_, l) => (typeof l.declared_kg === "number" ? kilograms(l.declared_kg) : "–"),
        },
        {
          title: t("scan.found"),
          align: "right",
          render: (_, l) => (l.found_kg ? kilogramRange(l.found_kg, (lo) => t("scan.atLeast", { lo })) : "–"),
        },
        { title: t("scan.share"), align: "right", render: (_, l) => `${Math.round(l.found_share * 100)} %` },
        {
          title: t("scan.likeness"),
          align: "right",
          render: (_, l) => (typeof l.likeness === "number" ? `${Math.round(l.likeness * 100)} %` : "–"),
        },
        {
          title: t("scan.coverage"),
          render: (_, l) => t(`coverageState.${l.coverage}`, { defaultValue: l.coverage }),
        },
      ]}
    />
  );
}
