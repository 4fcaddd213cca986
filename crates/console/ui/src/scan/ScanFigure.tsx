import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { PixelBox, Region } from "../api/types";
import type { NumberedRegion } from "./regions";

interface Props {
  src: string;
  mapSrc?: string;
  alt: string;
  containers: Region[];
  regions: NumberedRegion[];
  showMarks: boolean;
  focused: number | null;
  onFocus: (number: number | null) => void;
}

const boxAttributes = (px: PixelBox) => ({ x: px.x, y: px.y, width: px.width, height: px.height });

/** One view fitted to the width, with the machine's numbered regions drawn over it in detector pixels. */
export function ScanFigure({ src, mapSrc, alt, containers, regions, showMarks, focused, onFocus }: Props) {
  const { t } = useTranslation();
  const [size, setSize] = useState<[number, number] | null>(null);
  const image = useRef<HTMLImageElement>(null);
  useEffect(() => {
    if (image.current?.complete && image.current.naturalWidth > 0) {
      setSize([image.current.naturalWidth, image.current.naturalHeight]);
    }
  }, [src]);
  const unit = size ? size[0] / 1000 : 1;
  return (
    <figure className="scan-figure" style={size ? { maxWidth: `calc(64vh * ${size[0] / size[1]})` } : undefined}>
      <img
        ref={image}
        src={src}
        alt={alt}
        onLoad={(e) => setSize([e.currentTarget.naturalWidth, e.currentTarget.naturalHeight])}
      />
      {mapSrc && <img className="scan-map" src={mapSrc} alt={t("scan.undeclaredMap")} />}
      {size && showMarks && (
        <svg viewBox={`0 0 ${size[0]} ${size[1]}`} role="group" aria-label={t("scan.regions")}>
          {containers.map((c) => (
            <rect key={`${c.px.x}-${c.px.y}`} className="mark-container" {...boxAttributes(c.px)} strokeWidth={unit} />
          ))}
          {regions.map((r) => (
            <g
              key={r.number}
              className={focused === r.number ? "mark focused" : "mark"}
              role="button"
              tabIndex={0}
              aria-label={`${t("scan.regions")} ${r.number}`}
              onMouseEnter={() => onFocus(r.number)}
              onMouseLeave={() => onFocus(null)}
              onFocus={() => onFocus(r.number)}
              onBlur={() => onFocus(null)}
            >
              <rect className="mark-outer" {...boxAttributes(r.px)} strokeWidth={unit * 4} />
              <rect className="mark-inner" {...boxAttributes(r.px)} strokeWidth={unit * 1.6} />
              <rect
                className="mark-label"
                x={r.px.x}
                y={Math.max(0, r.px.y - unit * 20)}
                width={unit * 20}
                height={unit * 20}
              />
              <text x={r.px.x + unit * 10} y={Math.max(0, r.px.y - unit * 20) + unit * 15} fontSize={unit * 14}>
                {r.number}
              </text>
            </g>
          ))}
        </svg>
      )}
    </figure>
  );
}
