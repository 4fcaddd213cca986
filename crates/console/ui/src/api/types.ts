import type { components } from "./schema";

type Schemas = components["schemas"];
export type Declaration = Schemas["Declaration"];
export type DeclaredVersusObserved = Schemas["DeclaredVersusObserved"];
export type Evaluation = Schemas["Evaluation"];
export type Finding = Schemas["Finding"];
export type Interval = Schemas["Interval"];
export type Lane = Schemas["Lane"];
export type PixelBox = Schemas["PixelBox"];
export type Problem = Schemas["Problem"];
export type Region = Schemas["Region"];
export type ScanDetail = Schemas["ScanDetail"];
export type ScanSummary = Schemas["ScanSummary"];
