import { useTranslation } from "react-i18next";
import type { Lane } from "../api/types";

/** Colours of lanes, readable on both themes; never the only sign (shape and word stand beside them). */
const laneColour: Record<Lane, string> = {
  green: "var(--lane-green)",
  yellow: "var(--lane-yellow)",
  red: "var(--lane-red)",
};

const shape: Record<Lane, React.ReactNode> = {
  green: <circle cx="10" cy="10" r="8" />,
  yellow: <path d="M10 1.5 19 18H1Z" />,
  red: <path d="M6 1h8l5 5v8l-5 5H6l-5-5V6Z" />,
};

/** A lane as shape, word and score: colour is never alone. */
export function LaneMark({ lane, score, size = 18 }: { lane: Lane; score?: number; size?: number }) {
  const { t } = useTranslation();
  return (
    <span className="lane" style={{ color: laneColour[lane] }}>
      <svg width={size} height={size} viewBox="0 0 20 20" fill="currentColor" aria-hidden="true">
        {shape[lane]}
      </svg>
      <span className="lane-word">{t(`lane.${lane}`)}</span>
      {score !== undefined && <span className="lane-score">{Math.round(score)}</span>}
    </span>
  );
}
