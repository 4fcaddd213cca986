import { useQuery } from "@tanstack/react-query";
import { Alert, Segmented, Spin, Switch } from "antd";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { getScan, mapUrl, renderUrl } from "../api/client";
import type { Evaluation, ScanDetail } from "../api/types";
import { DeclaredLines } from "../scan/DeclaredLines";
import { FindingList } from "../scan/FindingList";
import { GlanceLine } from "../scan/GlanceLine";
import { kilogramRange, kilograms } from "../scan/kilograms";
import { numberedRegions } from "../scan/regions";
import { ScanFigure } from "../scan/ScanFigure";
import { ScoreBreakdown } from "../scan/ScoreBreakdown";

const PRESETS = ["grey", "material"] as const;
type ShownPreset = (typeof PRESETS)[number];

/** One scan opened: what is wrong, where, and what was declared beside it. */
export function ScanPage() {
  const { id = "" } = useParams();
  const { t } = useTranslation();
  const { data, error } = useQuery({ queryKey: ["scan", id], queryFn: () => getScan(id) });
  return (
    <>
      <p>
        <Link to="/">← {t("scan.back")}</Link>
      </p>
      {error && <Alert type="error" title={t("error.title")} description={error.message} />}
      {!data && !error && <Spin aria-label={t("scan.loading")} />}
      {data && !data.latest_evaluation && <Alert type="info" title={t("scan.noEvaluation")} />}
      {data?.latest_evaluation && <OpenScan scan={data} evaluation={data.latest_evaluation} />}
    </>
  );
}

function OpenScan({ scan, evaluation }: { scan: ScanDetail; evaluation: Evaluation & { id?: string | null } }) {
  const { t } = useTranslation();
  const hasMaterial = evaluation.grade === "dual_energy_raw";
  const [preset, setPreset] = useState<ShownPreset>("grey");
  const [showMarks, setShowMarks] = useState(true);
  const [showMap, setShowMap] = useState(false);
  const [focused, setFocused] = useState<number | null>(null);
  const regions = useMemo(() => numberedRegions(evaluation, 0), [evaluation]);
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (e.target instanceof HTMLInputElement) return;
      if (e.code === "Digit1") setPreset("grey");
      if (e.code === "Digit2" && hasMaterial) setPreset("material");
      if (e.code === "Backquote") setShowMarks((on) => !on);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [hasMaterial]);
  const container = scan.containers.join(" ") || scan.file_name || scan.id;
  return (
    <>
      <GlanceLine evaluation={evaluation} declaration={scan.declaration} />
      <div className="tools">
        <Segmented
          aria-label={t("scan.preset")}
          value={preset}
          onChange={(value) => setPreset(value)}
          options={PRESETS.filter((p) => p === "grey" || hasMaterial).map((p, i) => ({
            value: p,
            label: `${i + 1} ${t(`scan.${p}`)}`,
          }))}
        />
        <label>
          <Switch size="small" checked={showMarks} onChange={setShowMarks} /> {t("scan.overlay")}
        </label>
        <label>
          <Switch size="small" checked={showMap} onChange={setShowMap} /> {t("scan.undeclaredMap")}
        </label>
        <span className="facts">
          {container} · {t(`grade.${evaluation.grade}`)} · {scan.scanner ?? ""}
        </span>
      </div>
      <ScanFigure
        src={renderUrl(scan.id, 0, preset, evaluation.id ?? "")}
        mapSrc={showMap ? mapUrl(scan.id, 0, "undeclared") : undefined}
        alt={t("scan.alt", { container, preset: t(`scan.${preset}`) })}
        containers={evaluation.containers.filter((c) => c.view === 0)}
        regions={regions}
        showMarks={showMarks}
        focused={focused}
        onFocus={setFocused}
      />
      <div className="panels">
        <section className="panel">
          <h2>{t("scan.findings")}</h2>
          <FindingList evaluation={evaluation} regions={regions} focused={focused} onFocus={setFocused} />
        </section>
        <section className="panel">
          <h2>{t("scan.declaration")}</h2>
          <DeclaredLines lines={evaluation.declared_vs_observed} />
          <MassPanel evaluation={evaluation} />
        </section>
        <section className="panel">
          <h2>{t("scan.scoreHow")}</h2>
          <ScoreBreakdown evaluation={evaluation} />
          <BasisPanel evaluation={evaluation} />
        </section>
      </div>
    </>
  );
}

function MassPanel({ evaluation }: { evaluation: Evaluation }) {
  const { t } = useTranslation();
  const { mass } = evaluation;
  const atLeast = (lo: string) => t("scan.atLeast", { lo });
  if (evaluation.grade === "processed") return <p className="quiet">{t("scan.noMass")}</p>;
  return (
    <dl className="facts-list" style={{ marginTop: 12 }}>
      <dt>{t("scan.declared")}</dt>
      <dd>
        {typeof mass.declared_kg === "number" ? kilograms(mass.declared_kg) : "–"}
        {mass.declared_from ? ` (${t("scan.basis")} ${mass.declared_from})` : ""}
      </dd>
      <dt>{t("scan.observed")}</dt>
      <dd>
        {typeof mass.observed_kg === "number" ? kilograms(mass.observed_kg) : "–"}
        {mass.observed_interval_kg ? ` (${kilogramRange(mass.observed_interval_kg, atLeast)})` : ""}
      </dd>
      <dt>{t("scan.undeclared")}</dt>
      <dd>{mass.undeclared_kg ? kilogramRange(mass.undeclared_kg, atLeast) : "–"}</dd>
      <dt>{t("scan.missing")}</dt>
      <dd>{mass.missing_kg ? kilogramRange(mass.missing_kg, atLeast) : "–"}</dd>
    </dl>
  );
}

function BasisPanel({ evaluation }: { evaluation: Evaluation }) {
  const { t } = useTranslation();
  const issues = evaluation.quality.issues;
  return (
    <dl className="facts-list" style={{ marginTop: 12 }}>
      <dt>{t("scan.quality")}</dt>
      <dd>
        {issues.length === 0
          ? t("scan.qualityOk")
          : issues.map((i) => `${i.code} ${i.value.toPrecision(2)}`).join(", ")}
      </dd>
      <dt>{t("scan.readable")}</dt>
      <dd>{Math.round(evaluation.coverage.pixels * 100)} %</dd>
      <dt>{t("scan.engine")}</dt>
      <dd>
        {evaluation.engine.kind} · {evaluation.engine.device}
      </dd>
      <dt>{t("scan.versions")}</dt>
      <dd>
        {evaluation.versions.software} · {evaluation.versions.library} · {evaluation.versions.policy}
      </dd>
      <dt>{t("scan.timings")}</dt>
      <dd>
        {Object.entries(evaluation.timings_ms)
          .map(([stage, ms]) => `${stage} ${Math.round(ms)}`)
          .join(" · ")}
      </dd>
    </dl>
  );
}
