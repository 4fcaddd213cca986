import { useInfiniteQuery } from "@tanstack/react-query";
import { Alert, Button, Table } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { listScans } from "../api/client";
import type { ScanSummary } from "../api/types";
import { kilogramRange } from "../scan/kilograms";
import { LaneMark } from "../scan/LaneMark";

/** Scored scans, worst first. */
export function QueuePage() {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const isZh = i18n.language !== "en";
  const query = useInfiniteQuery({
    queryKey: ["scans"],
    queryFn: ({ pageParam }) => listScans(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: 5_000,
  });
  if (query.error) {
    return (
      <Alert
        type="error"
        title={t("error.title")}
        description={query.error.message}
        action={<Button onClick={() => void query.refetch()}>{t("error.retry")}</Button>}
      />
    );
  }
  const scans = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <h1>{t("queue.title")}</h1>
      <Table<ScanSummary>
        size="middle"
        rowKey="id"
        loading={query.isPending}
        pagination={false}
        dataSource={scans}
        locale={{ emptyText: t("queue.empty") }}
        onRow={(s) => ({ className: "row-link", onClick: () => void navigate(`/scans/${s.id}`) })}
        columns={[
          {
            title: `${t("queue.lane")} · ${t("queue.score")}`,
            render: (_, s) =>
              s.evaluation ? (
                <LaneMark lane={s.evaluation.lane} score={s.evaluation.risk_score} />
              ) : (
                t(s.state === "failed" ? "queue.failed" : "queue.pending")
              ),
          },
          {
            title: t("queue.container"),
            render: (_, s) => (
              <Link to={`/scans/${s.id}`} onClick={(e) => e.stopPropagation()}>
                {s.containers.join(" ") || s.file_name || s.id.slice(0, 8)}
              </Link>
            ),
          },
          { title: t("queue.declared"), render: (_, s) => s.declared || t("scan.emptyDeclared") },
          {
            title: t("queue.reason"),
            className: "reason-cell",
            render: (_, s) => {
              const reason = s.evaluation?.main_reason;
              return reason ? (isZh ? reason.text_zh : reason.text_en) : "–";
            },
          },
          {
            title: t("scan.undeclared"),
            align: "right",
            render: (_, s) => {
              const kg = s.evaluation?.undeclared_kg;
              return kg ? kilogramRange(kg, (lo) => t("scan.atLeast", { lo })) : "–";
            },
          },
          {
            title: t("queue.received"),
            render: (_, s) => (
              <time dateTime={s.received_at}>{new Date(s.received_at).toLocaleString(isZh ? "zh-CN" : "en-GB")}</time>
            ),
          },
        ]}
      />
      {query.hasNextPage && (
        <Button onClick={() => void query.fetchNextPage()} loading={query.isFetchingNextPage}>
          {t("queue.more")}
        </Button>
      )}
    </>
  );
}
